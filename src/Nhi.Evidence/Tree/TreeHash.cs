using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nhi.Evidence.Tree;

/// <summary>A hash of the log's Merkle tree (RFC 6962, section 2.1; SHA-256), or of a record as its line has it: 32 bytes, as a value. The default is 32 zeros, which nothing hashes to.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    private readonly ulong a;
    private readonly ulong b;
    private readonly ulong c;
    private readonly ulong d;

    /// <summary>The hash of these 32 bytes. Throws <see cref="ArgumentException"/> for another length.</summary>
    public TreeHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"A tree hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        this = MemoryMarshal.Read<TreeHash>(bytes);
    }

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static TreeHash Empty { get; } = new(SHA256.HashData([]));

    /// <summary>SHA-256 of a record's stored bytes as they are: what stands in its line, and no hash of the tree.</summary>
    public static TreeHash Record(ReadOnlySpan<byte> record) => Sha256(record, []);

    /// <summary>The hash of a leaf: SHA-256 over 0x00 and the record's stored bytes.</summary>
    public static TreeHash Leaf(ReadOnlySpan<byte> record) => Sha256([0], record);

    /// <summary>The hash of a node: SHA-256 over 0x01 and its two children.</summary>
    [SkipLocalsInit]
    public static TreeHash Node(in TreeHash left, in TreeHash right)
    {
        Span<byte> text = stackalloc byte[1 + Size + Size];
        text[0] = 1;
        left.CopyTo(text[1..]);
        right.CopyTo(text[(1 + Size)..]);
        return Sha256(text, []);
    }

    /// <summary>Reads 64 characters of lower-case hex, in UTF-8; false for anything else.</summary>
    public static bool TryParseHex(ReadOnlySpan<byte> text, out TreeHash hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != Size * 2 || text.ContainsAnyInRange((byte)'A', (byte)'F') || Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done)
            return false;
        hash = new TreeHash(bytes);
        return true;
    }

    /// <summary>Reads 44 characters of base64 in the one form that an encoder writes; false for anything else.</summary>
    public static bool TryParseBase64(ReadOnlySpan<char> text, out TreeHash hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size + 1];
        if (text.Length != 44 || !Convert.TryFromBase64Chars(text, bytes, out var length) || length != Size)
            return false;
        hash = new TreeHash(bytes[..Size]);
        return text.SequenceEqual(hash.ToBase64());
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> target) => MemoryMarshal.Write(target, in this);

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>44 characters of base64: as in checkpoints.</summary>
    public string ToBase64()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>64 characters of lower-case hex: as in batches.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public bool Equals(TreeHash other) => a == other.a && b == other.b && c == other.c && d == other.d;

    public override bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(a, b);

    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);

    private static TreeHash Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> hash = stackalloc byte[Size];
        ThreadSha256.Hash(first, second, hash);
        return new TreeHash(hash);
    }
}
