namespace Nhi.Evidence.Tracing;

/// <summary>
/// What the records of a credential say of one version of it. A change happened after the instant its intent was written and before its outcome was: both stand here, UTC.
/// </summary>
public sealed record VersionLife(string Version)
{
    public string? Handle { get; init; }
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The record that published it, or the first one that saw it where somebody else had published it.</summary>
    public required TracedRecord Known { get; init; }

    /// <summary>True when an attempt of ours published it; false when it was there already when it was first seen.</summary>
    public bool PublishedByUs { get; init; }

    /// <summary>Not current before this instant, as far as records know; null where it was there before they began.</summary>
    public DateTimeOffset? CurrentAfter { get; init; }

    /// <summary>Current from this instant at the latest.</summary>
    public required DateTimeOffset CurrentBy { get; init; }

    /// <summary>The version that took its place; null while it is current.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>Not dead before this instant; null while nothing was done to it.</summary>
    public DateTimeOffset? DeadAfter { get; init; }

    /// <summary>Dead from this instant at the latest; null while it was not read back as dead.</summary>
    public DateTimeOffset? DeadBy { get; init; }

    /// <summary>The record that says that it was read back as dead.</summary>
    public TracedRecord? Killed { get; init; }

    /// <summary>The emergency that marked it as compromised.</summary>
    public TracedRecord? Marked { get; init; }
}
