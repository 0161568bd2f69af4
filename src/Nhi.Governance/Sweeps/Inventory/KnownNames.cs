using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// One vault's rows while its list is gone through: 16 bytes a secret, whatever its row holds, since the list comes in no promised order.
/// Names and stamps are hashed with a key of this pass, so that nobody can choose names that hide each other.
/// </summary>
internal sealed class KnownNames
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(16);
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
                names._known[names.Hash(row.Id.Name)] = new Known(names.Hash(row.Stamp ?? ""), seen.Contains(row.Id));
        return names;
    }

    /// <summary>Notes that the list shows it; true when its row bears one of these stamps: it is as it was.</summary>
    public bool IsAsItWas(CredentialId id, string stamp, string ofDay)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(_known, Hash(id.Name));
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref known))
            return false;
        known.Listed = true;
        return known.Stamp == Hash(stamp) || known.Stamp == Hash(ofDay);
    }

    /// <summary>True when something that was there did not come up.</summary>
    public bool IsSomethingMissing => _known.Values.Any(known => !known.Listed);

    public bool IsMissing(CredentialId id) => _known.TryGetValue(Hash(id.Name), out var known) && !known.Listed;

    private ulong Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. _key, .. Encoding.UTF8.GetBytes(text)], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
