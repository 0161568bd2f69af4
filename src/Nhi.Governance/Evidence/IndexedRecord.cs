using Nhi.Evidence.Records;

namespace Nhi.Governance.Evidence;

/// <summary>What the index knows of a record: enough to find what matters, never more than the record itself says. Instants UTC.</summary>
public sealed record IndexedRecord
{
    public required string Path { get; init; }
    public required string Op { get; init; }
    public required RecordStage Stage { get; init; }
    public required string Action { get; init; }
    public string? Result { get; init; }
    public string? Shown { get; init; }
    public required DateTimeOffset Time { get; init; }
    public long Fence { get; init; }
    public string? Rotation { get; init; }
    public string? Credential { get; init; }
    public string? Resource { get; init; }
    public string? Handle { get; init; }

    /// <summary>The version that the record says was published, or marked.</summary>
    public string? Version { get; init; }
    public IReadOnlyList<SlotFacts> Slots { get; init; } = [];

    /// <summary>On an intent: true when a closing outcome is known.</summary>
    public bool Closed { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>
    /// The newest attempt first: by its start, then its fence, then <c>3-reconciled</c> before <c>2-…</c>. When a record was written says nothing: a frozen host writes its own after its successor has closed (H31).
    /// </summary>
    public static IReadOnlyList<IndexedRecord> NewestFirst(IEnumerable<IndexedRecord> records) =>
    [
        .. records.OrderByDescending(record => record.Time).ThenByDescending(record => record.Fence).ThenByDescending(record => record.Stage).ThenByDescending(record => record.Path, StringComparer.Ordinal),
    ];

    /// <summary>The facts of a record, as the index would hold them.</summary>
    public static IndexedRecord Of(EvidenceRecord record, string path) => new()
    {
        Path = path,
        Op = record.Op,
        Stage = record.Stage,
        Action = record.Action,
        Result = record.Result,
        Shown = record.Shown,
        Time = record.Time,
        Fence = record.Fence ?? 0,
        Rotation = record.Rotation,
        Credential = record.Credential?.Id,
        Resource = record.Resource?.Id,
        Handle = record.Credential?.Handle,
        Version = record.Change?.After?.Version,
        Slots = record.Slots,
        Deadline = record.Deadline,
    };
}
