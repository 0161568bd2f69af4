using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification;

/// <summary>What to verify against, and how.</summary>
public sealed record VerifyOptions
{
    /// <summary>The public keys of the log (SPKI, DER) that the verifier trusts, had from outside the log. Later ones that the log itself names in a batch need not be among them.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> LogKeys { get; init; }

    /// <summary>Every version of the log key that there is (SPKI, DER), as its keeper has them now; null where nobody was asked. A key that the log names and that is none of them is a thief's.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? LogKeyVersions { get; init; }

    /// <summary>Every key that somebody trustworthy says is the log's, oldest first where its keeper was asked.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> AllLogKeys => LogKeyVersions is null ? LogKeys : [.. LogKeys.Where(spki => !LogKeyVersions.Any(version => version.Span.SequenceEqual(spki.Span))), .. LogKeyVersions];

    /// <summary>The versions of the key that certified producers, had from outside the log; one that has an end counts for nothing that was created later.</summary>
    public required IReadOnlyList<ProducersKey> ProducerKeys { get; init; }

    public VerifyLevel Level { get; init; } = VerifyLevel.Full;

    /// <summary>The instant (UTC) to judge ages from; null: the export's own, else now by <see cref="Clock"/>.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Says what time it is for a log that is read as it is now.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Checkpoints that the auditor saved before: signed notes.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> SavedCheckpoints { get; init; } = [];

    /// <summary>False: producers' signatures are not verified again; the checkpoint vouches for the same bytes.</summary>
    public bool Signatures { get; init; } = true;

    /// <summary>Cores to use.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Pieces of work to have under way: enough that no core waits for the one who puts results in order, and as many reads as pay.</summary>
    internal int AtATime(int reads) => Math.Max(Cores == 1 ? 1 : Cores * 2, reads);

    /// <summary>Findings of one kind that are kept in the report; all are counted and handed to <see cref="OnFinding"/>.</summary>
    public int MostFindings { get; init; } = 1_000;

    /// <summary>Told of each finding as it is made, one at a time.</summary>
    public Action<LogFinding>? OnFinding { get; init; }

    /// <summary>Told of each record that is what was logged, in log order (the log's origin, the record, its place): what compares evidence with the platform's own logs hangs on here.</summary>
    public Action<string, EvidenceRecord, long>? OnRecord { get; init; }

    /// <summary>What lies before a place of a log that these keys are trusted for.</summary>
    internal Sequencing.LogPast PastOf(IReadableLog log, string origin) => new(origin, LogKeys, AllLogKeys, LogKeyVersions is not null,
        async (path, most, ct) => await log.ReadAsync(path, most, ct) is { } blob ? (blob.Truncated ? ReadOnlyMemory<byte>.Empty : blob.Bytes) : default(ReadOnlyMemory<byte>?));

    /// <summary>Asked behind each batch: true ends the reading of that log there. What was read is judged as of its last batch, and <see cref="VerifiedLog.Head"/> says how far it came: for who has only so much time.</summary>
    public Func<bool>? Enough { get; init; }

    /// <summary>The index to compare with what the log yields, or null.</summary>
    public IEvidenceIndex? Index { get; init; }

    /// <summary>Says of a finding that somebody has seen it before: it is counted apart, and is no finding. Asked with one at a time.</summary>
    public Func<LogFinding, bool>? IsKnown { get; init; }

    /// <summary>Days that the container must keep its blobs.</summary>
    public int RetentionDays { get; init; } = 2_557;

    /// <summary>An authentic record that is in no batch this long after its creation was left out.</summary>
    public TimeSpan UnloggedAfter { get; init; } = TimeSpan.FromMinutes(70);

    /// <summary>An intent that nothing closes this long after its deadline is overdue.</summary>
    public TimeSpan OpenAfter { get; init; } = TimeSpan.FromMinutes(110);

    /// <summary>The newest seal may be this old.</summary>
    public TimeSpan SealAge { get; init; } = TimeSpan.FromMinutes(65);

    /// <summary>How far <c>recorded</c> may be from the blob's creation.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromMinutes(5);
}
