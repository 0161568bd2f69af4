using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Estate;

/// <summary>The table <c>Inventory</c>: what was last seen of every credential in scope. Derived, rebuildable by a sweep. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IInventory
{
    Task<InventoryEntry?> FindAsync(CredentialId id, CancellationToken ct);

    /// <summary>All entries of one vault, for a sweep that compares them with the vault's list.</summary>
    IAsyncEnumerable<InventoryEntry> OfVaultAsync(string vaultHost, CancellationToken ct);

    /// <summary>The secrets that open a resource.</summary>
    Task<IReadOnlyList<CredentialId>> SecretsOfAsync(ResourceId resource, CancellationToken ct);

    /// <summary>Those of all resources, where there are at most so many; null where there are more, or nobody can say: then each resource is asked for by itself.</summary>
    Task<ILookup<ResourceId, CredentialId>?> AllSecretsAsync(int most, CancellationToken ct) => Task.FromResult<ILookup<ResourceId, CredentialId>?>(null);

    /// <summary>Those of a resource, each with who answers for it as it was noted last: one question all the same.</summary>
    async Task<IReadOnlyList<OwnedSecret>> OwnedSecretsOfAsync(ResourceId resource, CancellationToken ct) => [.. (await SecretsOfAsync(resource, ct)).Select(id => new OwnedSecret(id, null))];

    /// <summary>Notes who answers for a secret of that resource; null for nobody.</summary>
    Task NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct);

    /// <summary>Notes what the engine keeps of a secret of that resource, in place of what it kept before.</summary>
    Task NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct);

    /// <summary>All secrets that open something and on which a person has to act, in no order.</summary>
    IAsyncEnumerable<WaitingSecret> WaitingAsync(CancellationToken ct);

    /// <summary>Writes an entry, in place of an earlier one.</summary>
    Task ObserveAsync(InventoryEntry entry, CancellationToken ct);

    /// <summary>The same for a secret that <see cref="SecretsOfAsync"/> named for the entry's resource: what was there before need not be read.</summary>
    Task ObserveKnownAsync(InventoryEntry entry, CancellationToken ct) => ObserveAsync(entry, ct);
}

/// <summary>A secret of a resource, whom its sources chose (<see cref="OwnerChain"/>) or a person named since (null where nobody is known), and what the engine keeps of it (null where nothing yet).</summary>
public sealed record OwnedSecret(CredentialId Id, OwnerCandidate? Owner, SecretNote? Note = null);

/// <summary>A secret and what a person has to act on.</summary>
public sealed record WaitingSecret(CredentialId Id, StandingWait Wait);
