using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>A log of the platform besides the vaults' own: it is asked for a window, and answers whole.</summary>
public interface IChangeSource
{
    /// <summary>Names its cursor and stands in coverage: lower case, never changed, e.g. <c>activity-log</c>.</summary>
    string Name { get; }

    /// <summary>How long after a change it may still be missing: windows overlap by this much.</summary>
    TimeSpan Lateness { get; }

    /// <summary>What may matter and is never looked at, for coverage; null: nothing.</summary>
    string? NotLooked => null;

    /// <summary>True where it tells of each credential that is made or removed at that resource.</summary>
    bool TellsOf(ResourceId resource) => false;

    /// <summary>The changes in the window (UTC) that matter here. Throws <see cref="ExternalCallException"/> where it does not answer, or not all of it.</summary>
    IAsyncEnumerable<PlatformChange> ChangesAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}
