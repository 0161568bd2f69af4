namespace Nhi.Governance.Sweeps.Coverage;

/// <summary>What one run of a timer says that it has seen. Instants UTC, governance time.</summary>
public sealed record SweptWindow
{
    /// <summary>Names the cursor and the attempt: lower case, never changed, e.g. <c>sweep-due</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The function whose tick it is, e.g. <c>SweepDue</c>.</summary>
    public required string Function { get; init; }

    /// <summary>The record's action, e.g. <c>estate.sweep</c>: one for each <see cref="Source"/>, so that a lost cursor is found again in the log.</summary>
    public required string Action { get; init; }

    /// <summary>Whose list or log was seen, e.g. <c>key-vault-list</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The tick, floored to its period: the record's time.</summary>
    public required DateTimeOffset Tick { get; init; }

    /// <summary>How far it saw: the tick itself for a list, earlier for a log that comes late.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Where nobody ever swept, the first window begins this long before <see cref="Until"/>.</summary>
    public required TimeSpan First { get; init; }
    public required long Observed { get; init; }
    public required long Matched { get; init; }

    /// <summary>What could not be finished with: vaults, credentials, blobs. Not empty: the run was partial.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>One sentence for a person.</summary>
    public required string Summary { get; init; }
}
