using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.Proofs;

/// <summary>
/// What came of verifying one record. <paramref name="Record"/>: as stored, where it is authentic; <paramref name="Proof"/>: that it stands in the log, where nothing was found against it;
/// <paramref name="Batch"/>: which batch lists it; <paramref name="TileReads"/>: tiles that the proof took; <paramref name="Into"/>: the batch whose checkpoint the proof leads to;
/// <paramref name="StrayIn"/>: of a record that came into a closed log, the record <c>shard.stray</c> of the next one that lists it with this hash.
/// </summary>
public sealed record RecordVerification(string Log, string Path, EvidenceRecord? Record, TlogProof? Proof, long? Batch, int TileReads, IReadOnlyList<LogFinding> Findings, long? Into = null, string? StrayIn = null)
{
    /// <summary>True when the record is what was logged.</summary>
    public bool IsClean => Proof is not null || StrayIn is not null;

    /// <summary>True when nothing is wrong, and it is too new to stand in a batch.</summary>
    public bool IsTooNew => !IsClean && Findings.Count > 0 && Findings.All(finding => finding.Kind == LogFindingKind.NotYet);

    /// <summary>The exit code of a command that did this: 0 fine, 1 findings.</summary>
    public int ExitCode => IsClean ? 0 : 1;
}
