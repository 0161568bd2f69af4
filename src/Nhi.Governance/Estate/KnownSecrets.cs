using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Estate;

/// <summary>
/// What the inventory says of one vault while its list is gone through: a few numbers a secret, whatever its row holds, since the list comes in no promised order.
/// Lists lag: what is known since a moment ago is not made older, nor gone, by a list that does not show it yet.
/// </summary>
internal sealed class KnownSecrets(DateTimeOffset now)
{
    private readonly KeyedHash _hash = new();
    private readonly Dictionary<ulong, Known> _known = [];

    private record struct Known(long Created, long Updated, bool Due, bool Look, bool Listed);

    /// <summary>What a secret that the list shows wants: <paramref name="Changed"/>: it is new, or another one than it was; <paramref name="Due"/>: a look; <paramref name="Look"/>: one under the row, though nothing changed.</summary>
    public readonly record struct Wish(bool Changed, bool Due, bool Look);

    /// <summary><paramref name="now"/>: governance time, UTC.</summary>
    public static async Task<KnownSecrets> LoadAsync(IInventory inventory, string vaultHost, DateTimeOffset now, CancellationToken ct)
    {
        var known = new KnownSecrets(now);
        // What is gone is not known: whoever comes back is news.
        await foreach (var entry in inventory.OfVaultAsync(vaultHost, ct))
            if (!entry.Gone)
                known._known[known._hash.Of(entry.Id.Name)] = new Known(entry.NewestCreated.UtcTicks, entry.NewestUpdated.UtcTicks, entry.NextLook <= now || entry.Due <= now, entry.NextLook <= now && entry.Enforced, Listed: false);
        return known;
    }

    /// <summary>Notes that the list shows it.</summary>
    public Wish Of(ListedSecret listed)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_known, _hash.Of(listed.Id.Name));
        if (Unsafe.IsNullRef(ref known))
            return new Wish(Changed: true, Due: true, Look: false);
        known.Listed = true;
        var shown = (listed.Newest.Created.UtcTicks, listed.Newest.Updated.UtcTicks);
        var changed = shown != (known.Created, known.Updated) && !(shown.CompareTo((known.Created, known.Updated)) < 0 && IsRecent(known));
        return new Wish(changed, changed || known.Due, !changed && known.Look);
    }

    /// <summary>True when something that was there did not come up.</summary>
    public bool IsSomethingMissing => _known.Values.Any(IsMissing);

    public bool IsMissing(CredentialId id) => _known.TryGetValue(_hash.Of(id.Name), out var known) && IsMissing(known);

    private bool IsMissing(Known known) => !known.Listed && !IsRecent(known);

    private bool IsRecent(Known known) => known.Updated > (now - DueSweep.Period).UtcTicks;
}
