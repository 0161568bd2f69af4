namespace Nhi.Evidence.Verification;

/// <summary>How a container is protected, asked of its control plane.</summary>
public interface IContainerPolicyState
{
    /// <summary>The state now, or why it cannot be known (no right, no answer): which is no reason to verify nothing.</summary>
    Task<ContainerPolicyLook> ReadAsync(string origin, CancellationToken ct);
}

/// <summary><paramref name="State"/>: null where it could not be had; <paramref name="WhyNot"/>: then, for a person.</summary>
public sealed record ContainerPolicyLook(ContainerPolicyState? State, string? WhyNot = null);

/// <summary>The container's immutability policy and its account. <paramref name="RetentionDays"/>: days after a blob's creation; <paramref name="RequiredDays"/>: as deployment says, null where it does not.</summary>
public sealed record ContainerPolicyState(bool Locked, int RetentionDays, bool AppendWritesAllowed, bool SharedKeyAllowed, int? RequiredDays = null);
