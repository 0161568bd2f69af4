namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// The tenant and its subscriptions, as far as they say who answers for something. Reads only. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer:
/// then nothing is known, which is no "nobody".
/// </summary>
public interface IOwnerDirectory
{
    /// <summary>Who that is. <paramref name="principal"/>: an object id, a sign-in name or a mail address.</summary>
    Task<Principal> FindAsync(string principal, CancellationToken ct);

    /// <summary>The owners of an application (client id, a GUID) by object id, at most a hundred, the product's own identities not among them; none where there is no such application.</summary>
    Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct);

    /// <summary>The tags of a resource or resource group by its ARM id; null where there is none.</summary>
    Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct);

    /// <summary>Who made a resource (ARM id), as far back as the Activity Log goes (90 days); null where it does not say. An object id or a sign-in name.</summary>
    Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct);

    /// <summary>The state of a workload: a managed identity's ARM id or a service principal's object id or client id.</summary>
    Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct);

    /// <summary>What an application (client id) may do in every subscription that can be seen, by itself or as a member of a group; nothing where the tenant has no service principal of it.</summary>
    Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct);
}

/// <summary>The role assignments of one service principal, those of its groups among them. <paramref name="ObjectId"/>: its object id, else its client id.</summary>
public sealed record IdentityRoles(string ObjectId, IReadOnlyList<RoleGrant> Grants);
