using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// What list rights show of one resource at its provider: whether it is there, and its credentials by handle, place, name and age. Instants UTC, governance time. Never a value.
/// </summary>
public sealed record SweptResource
{
    /// <summary>So many credentials are kept, the newest: a row of a table is bounded.</summary>
    public const int MostCredentials = 400;

    public required ResourceId Id { get; init; }
    public required string Kind { get; init; }

    /// <summary>When its provider answered last; <see cref="DateTimeOffset.UnixEpoch"/> where it never did.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>False when the provider says that there is no such thing. Null: not looked, for it never answered or the watcher may not read it.</summary>
    public bool? Exists { get; init; }

    /// <summary>The newest <see cref="MostCredentials"/>.</summary>
    public IReadOnlyList<ProviderCredential> Credentials { get; init; } = [];

    /// <summary>Where it can log in to Azure by itself: its roles at wide scopes, and when they were asked for; null where they never were.</summary>
    public IdentityRoles? Roles { get; init; }
    public DateTimeOffset? RolesAt { get; init; }
}

/// <summary><paramref name="Place"/>: a key id, a slot's name, a role; <paramref name="Name"/>: its display name where the provider has one; <paramref name="Hint"/>: the first characters where the provider shows them.</summary>
public sealed record ProviderCredential(string Place, string? Name = null, DateTimeOffset? Created = null, DateTimeOffset? Expires = null, string? Hint = null);
