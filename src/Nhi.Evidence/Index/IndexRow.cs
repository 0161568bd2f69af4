using System.Text.Json;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Index;

/// <summary>
/// One row of the table <c>EvidenceIndex</c>: a few facts of a record under one key. Derived from the log and rebuildable; any answer can be checked against the record at <see cref="Path"/>.
/// Instants UTC. Only strings, numbers, instants and a flag, so that a table holds it as it is.
/// </summary>
public sealed record IndexRow
{
    public required string PartitionKey { get; init; }
    public required string RowKey { get; init; }

    /// <summary>The log that the record stands in: its origin.</summary>
    public required string Log { get; init; }
    public required string Path { get; init; }
    public required string Sha256 { get; init; }

    /// <summary>The record's place in <see cref="Log"/>.</summary>
    public required long Index { get; init; }
    public required long Batch { get; init; }
    public required string Op { get; init; }

    /// <summary>As in the record's name: <c>1-intent</c>, <c>2-ok</c>, …</summary>
    public required string Stage { get; init; }
    public required string Action { get; init; }
    public string? Result { get; init; }
    public string? Shown { get; init; }
    public required DateTimeOffset Time { get; init; }
    public long Fence { get; init; }
    public string? Rotation { get; init; }
    public string? Credential { get; init; }
    public string? Resource { get; init; }
    public string? Handle { get; init; }
    public string? Version { get; init; }
    public string? Owner { get; init; }
    public required string Summary { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>What slots hold: JSON, a list of <c>{"handle":…,"fingerprint":…}</c>; null where the record says nothing of slots.</summary>
    public string? Slots { get; init; }

    /// <summary>In the partitions <c>open:</c>: true once an outcome closed the intent. False everywhere else.</summary>
    public bool Closed { get; init; }

    /// <summary>The slots, read from <see cref="Slots"/>; none where there are none or the text is no such list.</summary>
    public IReadOnlyList<SlotFacts> ReadSlots()
    {
        try
        {
            return Slots is null ? [] : JsonSerializer.Deserialize(Slots, RecordJsonContext.Default.SlotFactsArray) ?? [];
        }
        catch (JsonException)
        {
            // The index may lie, and is no reason to stop; the record itself says what counts.
            return [];
        }
    }

    /// <summary>True for a stage that closes an intent.</summary>
    public bool Closes => Stage.StartsWith('2') || Stage == "3-reconciled";

    /// <summary>True for an intent.</summary>
    public bool IsIntent => Stage == "1-intent";
}
