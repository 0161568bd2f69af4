using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>Role assignments, for an identity that may read and delete them, make none, and that most deployments do not have. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IRoleAssignments
{
    /// <summary>False where there is no such identity: then a wide role is a finding, and stays.</summary>
    bool MayCurtail { get; }

    /// <summary>Those of a principal itself, not those of its groups, that are made at exactly this subscription (<c>/subscriptions/{id}</c>).</summary>
    Task<IReadOnlyList<RoleAssignment>> OfAsync(string principal, string subscription, CancellationToken ct);

    /// <summary>Who is Owner of the whole subscription: assignments of that role at it and above.</summary>
    Task<IReadOnlyList<RoleAssignment>> OwnersAsync(string subscription, CancellationToken ct);

    /// <summary>Null where there is none of that id.</summary>
    Task<RoleAssignment?> FindAsync(string id, CancellationToken ct);

    /// <summary>Deletes one. Sent once. False where there was none.</summary>
    Task<bool> DeleteAsync(string id, CancellationToken ct);
}
