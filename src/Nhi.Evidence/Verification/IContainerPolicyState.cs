namespace Nhi.Evidence.Verification;

/// <summary>How a container is protected, asked of its control plane.</summary>
public interface IContainerPolicyState
{
    /// <summary>The state now, or null when it cannot be known (no right, an export). Throws <see cref="Storage.EvidenceStoreException"/> when no answer was had.</summary>
    Task<ContainerPolicyState?> ReadAsync(string origin, CancellationToken ct);
}

/// <summary>The container's immutability policy and its account. <paramref name="RetentionDays"/>: days after a blob's creation.</summary>
public sealed record ContainerPolicyState(bool Locked, int RetentionDays, bool AppendWritesAllowed, bool SharedKeyAllowed);
