using System.Security.Cryptography;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// The log so far, as its batch files tell it in the order of their numbers. Whether a batch counts depends on its bytes, its name and the batches before it, on nothing else;
/// so everybody who reads the same files comes to the same log. A void batch adds nothing, and the numbers go on.
/// </summary>
public sealed class BatchChain : IDisposable
{
    /// <summary>Batches for which a log key goes on to count after its successor was named.</summary>
    public const int FormerKeyCounts = 1_440;

    private readonly List<(LogKey Key, ECDsa Verifier)> keys = [];
    private bool begun;

    /// <param name="origin">Which log.</param>
    /// <param name="logKey">The log key that the reader trusts: SPKI, DER; the first one of the log.</param>
    /// <param name="next">Where the reader stopped the last time: the number of its next batch.</param>
    /// <param name="size">The leaves that it had read by then.</param>
    public BatchChain(string origin, ReadOnlySpan<byte> logKey, long next = 0, long size = 0) : this(origin, [logKey.ToArray()], next, size) { }

    /// <param name="origin">Which log.</param>
    /// <param name="logKeys">The log keys that the reader trusts: SPKI, DER. Read from its beginning, a log begins with the one of them that signed its first valid batch, and the others count when a batch names them; read from a later batch, all count.</param>
    /// <param name="next">Where the reader stopped the last time: the number of its next batch.</param>
    /// <param name="size">The leaves that it had read by then.</param>
    public BatchChain(string origin, IReadOnlyList<ReadOnlyMemory<byte>> logKeys, long next = 0, long size = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(origin);
        ArgumentNullException.ThrowIfNull(logKeys);
        ArgumentOutOfRangeException.ThrowIfZero(logKeys.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(next);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        (Origin, Next, Size, begun) = (origin, next, size, next > 0);
        foreach (var spki in logKeys)
            Add(spki, 0, Imported(spki, nameof(logKeys)));
    }

    /// <param name="origin">Which log.</param>
    /// <param name="logKeys">The keys that count for batch <paramref name="next"/>, oldest first, as whoever read the log up to there has them.</param>
    /// <param name="next">The number of the next batch.</param>
    /// <param name="size">The leaves before it.</param>
    internal BatchChain(string origin, IReadOnlyList<LogKey> logKeys, long next, long size)
    {
        (Origin, Next, Size, begun) = (origin, next, size, true);
        foreach (var key in logKeys)
            keys.Add((key, Imported(key.Spki, nameof(logKeys))));
    }

    public string Origin { get; }

    /// <summary>The number of the next batch.</summary>
    public long Next { get; private set; }

    /// <summary>Leaves so far: the index of the next one.</summary>
    public long Size { get; private set; }

    /// <summary>True when a batch has closed the log: everything after it is void.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True when a batch signed by this key (its id) may count now.</summary>
    public bool Accepts(string keyId) => keys.Any(key => key.Key.Id == keyId && key.Key.CountsAt(Next));

    /// <summary>Every key so far, oldest first; before the first valid batch, those that it may begin with.</summary>
    public IReadOnlyList<LogKey> Keys => [.. keys.Select(key => key.Key)];

    /// <summary>Judges the blob at the name of batch <see cref="Next"/> and goes on to the one after it.</summary>
    public BatchJudgement TakeStored(Storage.StoredBlob blob)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return blob.Truncated ? Take(null, blob.WhyTruncated(BatchFile.MostBytes)) : Take(blob.Bytes);
    }

    /// <summary>Judges the file at the name of batch <see cref="Next"/> and goes on to the one after it.</summary>
    /// <param name="bytes">The file's bytes; null when they cannot be had.</param>
    /// <param name="why">Why not; null: it is longer than <see cref="BatchFile.MostBytes"/>.</param>
    public BatchJudgement Take(ReadOnlyMemory<byte>? bytes, string? why = null)
    {
        var number = Next++;
        if (bytes is not { } file)
            return new BatchJudgement(number, null, why ?? $"more than {BatchFile.MostBytes} bytes");
        if (IsClosed)
            return new BatchJudgement(number, null, "the log is closed");
        if (!BatchParser.TryParse(file, out var signed, out var what))
            return new BatchJudgement(number, null, what);
        var batch = signed.Batch;
        if (Wrong(signed, number) is { } wrong)
            return new BatchJudgement(number, null, wrong);
        Size += batch.Entries.Count;
        IsClosed = batch.Closes;
        return new BatchJudgement(number, batch, null);
    }

    public void Dispose()
    {
        foreach (var (key, verifier) in keys)
            IdleKeys.Return(key.Spki.Span, verifier);
        keys.Clear();
    }

    private string? Wrong(SignedBatch signed, long number)
    {
        var batch = signed.Batch;
        if (batch.Log != Origin)
            return "# log names another log";
        if (batch.Number != number)
            return $"# batch {batch.Number} at the name of {number}";
        if (batch.First != Size)
            return $"# first {batch.First}, but the log has {Size} leaves";
        var text = BatchFile.SignedText(signed.SignedText.Span);
        var signer = keys.FindIndex(key => key.Key.Id == signed.KeyId && key.Key.CountsAt(number) && Es256.Verify(key.Verifier, text, signed.Signature.Span));
        if (signer < 0)
            return "no log key that counts here signed it";
        if (batch.NextKey is { } next)
        {
            // Only the newest key names its successor: a former one counts for what was under way, not for who comes next.
            if (begun && signer != keys.Count - 1)
                return "# key in a batch that a former key signed";
            if (KeyOf(next) is not { } key)
                return "# key is no P-256 public key";
            Begin(signer);
            Change(key.Spki, key.Verifier, number);
        }
        else
        {
            Begin(signer);
        }

        return null;
    }

    private static ECDsa Imported(ReadOnlyMemory<byte> spki, string argument) => IdleKeys.TryTake(spki.Span) ?? throw new ArgumentException("A log key is no P-256 public key (SPKI, DER).", argument);

    private static (byte[] Spki, ECDsa Verifier)? KeyOf(string text)
    {
        var spki = new byte[512];
        return Convert.TryFromBase64String(text, spki, out var length) && IdleKeys.TryTake(spki.AsSpan(0, length)) is { } verifier ? (spki[..length], verifier) : null;
    }

    /// <summary>With its first valid batch a log has begun: with that key, and with none of the others.</summary>
    private void Begin(int signer)
    {
        if (begun)
            return;
        begun = true;
        var first = keys[signer];
        foreach (var (key, verifier) in keys.Where(key => key.Verifier != first.Verifier))
            IdleKeys.Return(key.Spki.Span, verifier);
        keys.Clear();
        keys.Add(first);
    }

    private void Change(byte[] spki, ECDsa verifier, long number)
    {
        for (var i = 0; i < keys.Count; i++)
            keys[i] = keys[i] with { Key = keys[i].Key with { Until = Math.Min(keys[i].Key.Until, number + FormerKeyCounts) } };
        Add(spki, number + 1, verifier);
    }

    private void Add(ReadOnlyMemory<byte> spki, long from, ECDsa verifier) => keys.Add((new LogKey(Es256.KeyId(spki.Span), spki, from, long.MaxValue), verifier));
}
