using System.ComponentModel;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi verify</c>.</summary>
internal sealed record VerifyShape(
    [property: Description("Nothing was found but information.")] bool Ok,
    [property: Description("`full`, `delta`, `quick` or `index`.")] string Level,
    [property: Description("One for each evidence account.")] IReadOnlyList<VerifiedPlaceShape> Places);

internal sealed record VerifiedPlaceShape(
    [property: Description("The evidence account, or the secondary one.")] string Name,
    [property: Description("What ages are measured from.")] DateTimeOffset At,
    [property: Description("Its logs, oldest year first.")] IReadOnlyList<VerifiedLogShape> Logs,
    [property: Description("How many findings there are, by kind.")] IReadOnlyDictionary<string, long> Counts,
    [property: Description("The gravest first; of one kind at most a thousand.")] IReadOnlyList<FindingShape> Findings,
    [property: Description("Findings that `--known` says were seen before: they count for nothing else here.")] long Known,
    [property: Description("What was not looked at, and why.")] IReadOnlyList<string> NotLookedAt)
{
    public static VerifiedPlaceShape Of(string name, VerificationReport report) => new(
        name, report.At, [.. report.Logs.Select(VerifiedLogShape.Of)], report.Counts.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value, StringComparer.Ordinal), [.. report.Findings.Select(FindingShape.Of)], report.Known, report.NotLookedAt);
}

internal sealed record VerifiedLogShape(
    [property: Description("`account/container`, as its batches say.")] string Log,
    [property: Description("Where it was read.")] string Place,
    [property: Description("Batches that count.")] long Batches,
    [property: Description("Records in them.")] long Records,
    [property: Description("Records whose bytes were read and judged.")] long RecordsRead,
    [property: Description("Checkpoints that hold.")] long Checkpoints,
    [property: Description("Names that were listed.")] long Blobs,
    [property: Description("Its newest checkpoint, a signed note; null where there is none.")] string? Checkpoint,
    [property: Description("Its last batch closed it.")] bool Closed)
{
    public static VerifiedLogShape Of(VerifiedLog log) => new(log.Log, log.Place, log.Batches, log.Records, log.RecordsRead, log.Checkpoints, log.Blobs, log.Head?.Checkpoint, log.IsClosed);
}

internal sealed record FindingShape(
    [property: Description("One of a closed set, e.g. `RecordAltered`.")] string Kind,
    [property: Description("`Information`, `Warning` or `Critical`.")] string Severity,
    [property: Description("Which log.")] string Log,
    [property: Description("Which blob.")] string? Path,
    [property: Description("Which batch.")] long? Batch,
    [property: Description("Which place in the log.")] long? Index,
    [property: Description("Which attempt.")] string? Op,
    [property: Description("First byte of the blob that is meant.")] long? Offset,
    [property: Description("How many bytes.")] long? Length,
    [property: Description("What should be there.")] string? Expected,
    [property: Description("What is there.")] string? Found,
    [property: Description("In a sentence.")] string Message,
    [property: Description("What a person can do.")] string Remedy)
{
    public static FindingShape Of(LogFinding finding) => new(
        finding.Kind.ToString(), finding.Severity.ToString(), finding.Log, finding.Path, finding.Batch, finding.Index, finding.Op, finding.Bytes?.Offset, finding.Bytes?.Length, finding.Expected, finding.Found, finding.Message, finding.Remedy);
}
