using System.Runtime.InteropServices;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// One vault's rows while its list is gone through: 16 bytes a secret, whatever its row holds, since the list comes in no promised order.
/// Names and stamps are hashed with a key of this pass, so that nobody can choose names that hide each other.
/// </summary>
internal sealed class KnownNames
{
    private readonly KeyedHash _hash = new();
    private readonly Dictionary<ulong, Known> _known = [];

    private record struct Known(ulong Stamp, bool Listed);

    /// <param name="estate">Whose rows.</param>
    /// <param name="vaultHost">The vault.</param>
    /// <param name="seen">What the first part of the same list showed already.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<KnownNames> LoadAsync(ISweptEstate estate, string vaultHost, SeenNames seen, CancellationToken ct)
    {
        var names = new KnownNames();
        // What is gone is not known: whoever comes back is news.
        await foreach (var row in estate.StampsAsync(vaultHost, ct))
            if (!row.Gone)
                names._known[names._hash.Of(row.Id.Name)] = new Known(names._hash.Of(row.Stamp ?? ""), seen.Contains(row.Id));
        return names;
    }

    /// <summary>Notes that the list shows it; true when its row bears one of these stamps: it is as it was.</summary>
    public bool IsAsItWas(CredentialId id, string stamp, string ofDay)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_known, _hash.Of(id.Name));
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref known))
            return false;
        known.Listed = true;
        return known.Stamp == _hash.Of(stamp) || known.Stamp == _hash.Of(ofDay);
    }

    /// <summary>True when something that was there did not come up.</summary>
    public bool IsSomethingMissing => _known.Values.Any(known => !known.Listed);

    public bool IsMissing(CredentialId id) => _known.TryGetValue(_hash.Of(id.Name), out var known) && !known.Listed;
}
