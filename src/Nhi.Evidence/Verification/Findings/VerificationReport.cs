using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Verification.Findings;

/// <summary>What a verification looked at and found. Instants UTC.</summary>
public sealed record VerificationReport
{
    public required VerifyLevel Level { get; init; }

    /// <summary>The instant that "not yet" and "too old" are measured from.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One for each log, in the order in which they were given.</summary>
    public required IReadOnlyList<VerifiedLog> Logs { get; init; }

    /// <summary>How many findings there are of each kind, those that are not kept included.</summary>
    public required IReadOnlyDictionary<LogFindingKind, long> Counts { get; init; }

    /// <summary>The findings, the gravest first; of each kind as many as <see cref="VerifyOptions.MostFindings"/>.</summary>
    public required IReadOnlyList<LogFinding> Findings { get; init; }

    /// <summary>Findings that <see cref="VerifyOptions.IsKnown"/> said were seen before: they count for nothing else here.</summary>
    public long Known { get; init; }

    /// <summary>
    /// True when where the log ends is what its batches yield, grown out of every saved checkpoint: worth saving, whatever else was found of records and of what lies beside them.
    /// A look at the head alone shows that only where there was a saved checkpoint to grow out of, which is for the caller to see to.
    /// </summary>
    public bool IsHeadSound => !Counts.Keys.Any(FindingTexts.IsOfTheHead);

    /// <summary>What was not looked at, and why: each one sentence.</summary>
    public required IReadOnlyList<string> NotLookedAt { get; init; }

    /// <summary>True when nothing was found but information.</summary>
    public bool IsClean => Counts.Keys.All(kind => FindingTexts.SeverityOf(kind) == FindingSeverity.Information);

    /// <summary>The exit code of a command that did this: 0 fine, 1 findings.</summary>
    public int ExitCode => IsClean ? 0 : 1;
}

/// <summary>How far one log was verified.</summary>
/// <param name="Log">Its origin.</param>
/// <param name="Place">Where it was read.</param>
/// <param name="Batches">Valid batches.</param>
/// <param name="Records">Leaves.</param>
/// <param name="RecordsRead">Records whose bytes were read and judged.</param>
/// <param name="Checkpoints">Checkpoints that hold.</param>
/// <param name="Blobs">Names that were listed.</param>
/// <param name="Head">Where it ends, or null where nothing of it is valid.</param>
/// <param name="IsClosed">True when its last batch closed it.</param>
/// <param name="IsCut">True where <see cref="VerifyOptions.Enough"/> ended the reading before the log did.</param>
/// <param name="Policy">How its container is protected; null where that was not looked at.</param>
public sealed record VerifiedLog(string Log, string Place, long Batches, long Records, long RecordsRead, long Checkpoints, long Blobs, LogHead? Head, bool IsClosed, bool IsCut = false, ContainerPolicyState? Policy = null);

/// <summary>The end of a log as verified: its last batch, its leaves and their root (base64), and the newest checkpoint that says so (a signed note, to be saved), where there is one.</summary>
public sealed record LogHead(long Batch, long Size, string Root, string? Checkpoint)
{
    internal static LogHead Of(long batch, long size, TreeHash root, string? checkpoint) => new(batch, size, root.ToBase64(), checkpoint);
}
