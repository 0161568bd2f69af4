using System.Security.Cryptography;

namespace Nhi.Evidence.Tree;

/// <summary>SHA-256 with the state that this thread used before: setting one up anew costs as much as hashing half a kilobyte.</summary>
internal static class ThreadSha256
{
    [ThreadStatic]
    private static IncrementalHash? idle;

    /// <summary>Writes the 32 bytes of SHA-256 over one text and, right behind it, the other.</summary>
    internal static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash)
    {
        // Whoever fails leaves no half-fed state behind.
        var state = idle ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        idle = null;
        state.AppendData(first);
        if (second.Length > 0)
            state.AppendData(second);
        state.GetHashAndReset(hash);
        idle = state;
    }
}
