namespace Nhi.Governance.Operators;

/// <summary>What a rebuild found and wrote.</summary>
public sealed record RebuildReport
{
    /// <summary>Leaves by log.</summary>
    public IReadOnlyDictionary<string, long> Leaves { get; init; } = new Dictionary<string, long>();

    /// <summary>Secrets that the vaults list.</summary>
    public int Secrets { get; init; }

    /// <summary>Rows of resources that were missing and are made anew, held for one lease.</summary>
    public int Rows { get; init; }
    public int Pauses { get; init; }
    public int Holds { get; init; }

    /// <summary>Removals and what people keep, found in tags and evidence.</summary>
    public int Removals { get; init; }

    /// <summary>Intents that no outcome closes, put on the rows of their resources.</summary>
    public int OpenIntents { get; init; }

    /// <summary>True when the marker row was written: from the end of the lease on everything has effects again.</summary>
    public bool Ready { get; init; }

    /// <summary>What could not be read. While there is any, the marker is not written.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];
}
