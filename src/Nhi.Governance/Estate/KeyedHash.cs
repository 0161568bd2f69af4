using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Nhi.Governance.Estate;

/// <summary>Eight bytes for a text, by a key of this object's own: nobody can choose names that hide each other.</summary>
internal sealed class KeyedHash
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(16);

    public ulong Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. _key, .. Encoding.UTF8.GetBytes(text)], hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
