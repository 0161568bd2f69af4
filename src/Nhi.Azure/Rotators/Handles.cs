using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators;

/// <summary>Slots and principals are named by the engine: one that the resource does not have is a bug of ours, never a call.</summary>
internal static class Handles
{
    /// <summary>Throws <see cref="ArgumentException"/> for a handle that the resource does not have.</summary>
    public static string Known(GovernedResource resource, string? handle) =>
        handle is not null && resource.Handles.Contains(handle, StringComparer.Ordinal)
            ? handle
            : throw new ArgumentException($"The resource {resource.Id} has the handles {string.Join(", ", resource.Handles)} and no other.", nameof(handle));
}
