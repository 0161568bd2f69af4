using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Nhi.Evidence.Signing;

/// <summary>
/// Public keys that were imported and that nobody uses now. An import multiplies points of the curve and costs as much as some verifications; a log's keys are wanted for every batch of it, and they are few. Safe for use by many threads.
/// </summary>
internal static class IdleKeys
{
    // So many different ones, and all are forgotten: whoever verifies many logs comes to the next.
    private const int Most = 64;
    private static readonly ConcurrentDictionary<string, ConcurrentBag<ECDsa>> Idle = new(StringComparer.Ordinal);

    /// <summary>The key of these bytes (SPKI, DER), for the caller alone until it returns it; null when they are no P-256 public key.</summary>
    internal static ECDsa? TryTake(ReadOnlySpan<byte> spki) =>
        Idle.TryGetValue(Convert.ToBase64String(spki), out var keys) && keys.TryTake(out var key) ? key : Es256.TryImport(spki);

    /// <summary>True when the key of these bytes made the signature, r‖s, over the text; false also where they are no key.</summary>
    internal static bool Verify(ReadOnlySpan<byte> spki, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (TryTake(spki) is not { } key)
            return false;
        try
        {
            return Es256.Verify(key, text, signature);
        }
        finally
        {
            Return(spki, key);
        }
    }

    /// <summary>Gives back what was taken for these bytes.</summary>
    internal static void Return(ReadOnlySpan<byte> spki, ECDsa key)
    {
        if (Idle.Count >= Most)
            Forget();
        Idle.GetOrAdd(Convert.ToBase64String(spki), static _ => []).Add(key);
    }

    private static void Forget()
    {
        foreach (var one in Idle.Keys)
        {
            // One that is returned at this very instant is left to the garbage collector.
            if (Idle.TryRemove(one, out var keys))
            {
                while (keys.TryTake(out var key))
                    key.Dispose();
            }
        }
    }
}
