using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>
/// What came of verifying one record. <paramref name="Record"/>: as stored, where it is authentic; <paramref name="Proof"/>: that it stands in the log, where nothing was found against it;
/// <paramref name="Batch"/>: which batch lists it; <paramref name="TileReads"/>: tiles that the proof took.
/// </summary>
public sealed record RecordVerification(string Log, string Path, EvidenceRecord? Record, TlogProof? Proof, long? Batch, int TileReads, IReadOnlyList<LogFinding> Findings)
{
    /// <summary>True when the record is what was logged.</summary>
    public bool IsClean => Proof is not null;

    /// <summary>The exit code of a command that did this: 0 fine, 1 findings.</summary>
    public int ExitCode => IsClean ? 0 : 1;
}
