using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// What list rights show of one resource at its provider: whether it is there, and its credentials by handle, place, name and age. Instants UTC, governance time. Never a value.
/// </summary>
public sealed record SweptResource
{
    public required ResourceId Id { get; init; }
    public required string Kind { get; init; }

    /// <summary>When its provider answered last; <see cref="DateTimeOffset.UnixEpoch"/> where it never did.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>False when the provider says that there is no such thing. Null: not looked, for it never answered or the watcher may not read it.</summary>
    public bool? Exists { get; init; }
    public IReadOnlyList<ProviderCredential> Credentials { get; init; } = [];
}

/// <summary><paramref name="Place"/>: a key id, a slot's name, a role; <paramref name="Name"/>: its display name where the provider has one; <paramref name="Hint"/>: the first characters where the provider shows them.</summary>
public sealed record ProviderCredential(string Place, string? Name = null, DateTimeOffset? Created = null, DateTimeOffset? Expires = null, string? Hint = null);
