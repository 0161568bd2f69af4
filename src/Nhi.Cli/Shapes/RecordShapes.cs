using System.ComponentModel;
using Nhi.Evidence.Verification.Proofs;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi verify --record</c>.</summary>
internal sealed record RecordVerifiedShape(
    [property: Description("The record is what was written and logged.")] bool Ok,
    [property: Description("The record's name.")] string Path,
    [property: Description("The logs that hold something at that name; where none does, those that list it.")] IReadOnlyList<RecordInLogShape> Logs);

internal sealed record RecordInLogShape(
    [property: Description("`account/container`, as its batches say.")] string Log,
    [property: Description("Its bytes are those logged, its producer is certified, and a signed checkpoint includes it (or the next log lists it).")] bool Ok,
    [property: Description("Its action, where it is authentic.")] string? Action,
    [property: Description("Its attempt, where it is authentic.")] string? Op,
    [property: Description("The batch that lists it.")] long? Batch,
    [property: Description("The batch whose checkpoint the proof leads to: the newest one that tiles know, else its own.")] long? Into,
    [property: Description("Of a record that came into a closed log: the record of the next log that lists it with this hash.")] string? StrayIn,
    [property: Description("Its place in the log, where it is proven.")] long? Index,
    [property: Description("The signed checkpoint that includes it, where it is proven: its text.")] string? Checkpoint,
    [property: Description("Tiles that the proof took.")] long TileReads,
    [property: Description("What is wrong.")] IReadOnlyList<FindingShape> Findings)
{
    public static RecordInLogShape Of(RecordVerification result) => new(
        result.Log, result.IsClean, result.Record?.Action, result.Record?.Op, result.Batch, result.Into, result.StrayIn, result.Proof?.Index, result.Proof?.Checkpoint, result.TileReads, [.. result.Findings.Select(FindingShape.Of)]);
}

/// <summary><c>nhi verify --record FILE --proof PROOF</c>.</summary>
internal sealed record ProofCheckedShape(
    [property: Description("The proof holds for these bytes.")] bool Ok,
    [property: Description("`account/container`, as the record says; the checkpoint has to be of it. Null for what is no record.")] string? Log,
    [property: Description("The record's name, as it says itself.")] string? Path,
    [property: Description("Of the file's bytes, lower-case hex.")] string Sha256,
    [property: Description("Its place in the log, as the proof says.")] long? Index,
    [property: Description("The checkpoint's batch, where the proof holds.")] long? Batch,
    [property: Description("The log's leaves at that checkpoint, where the proof holds.")] long? Size,
    [property: Description("The producer's signature was looked at too: a key of the producers was given.")] bool Producer,
    [property: Description("What is wrong.")] string? Why);

/// <summary><c>nhi evidence prove</c>; for a record that cannot be proven, what <c>nhi verify --record</c> prints.</summary>
internal sealed record ProofShape(
    [property: Description("`account/container`.")] string Log,
    [property: Description("The record's name.")] string Path,
    [property: Description("The batch that lists it.")] long Batch,
    [property: Description("The batch whose checkpoint includes it: of the saved one, else the newest that tiles know, else its own.")] long Into,
    [property: Description("Its place in the log.")] long Index,
    [property: Description("Where the proof was written.")] string? File,
    [property: Description("Where the record's bytes were written.")] string? Record,
    [property: Description("The proof: C2SP tlog-proof.")] string Proof);
