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

    private readonly List<(string Id, ECDsa Key, long Until)> keys = [];

    /// <param name="origin">Which log.</param>
    /// <param name="logKey">The log key that the reader trusts: SPKI, DER; the first one of the log.</param>
    /// <param name="next">Where the reader stopped the last time: the number of its next batch.</param>
    /// <param name="size">The leaves that it had read by then.</param>
    public BatchChain(string origin, ReadOnlySpan<byte> logKey, long next = 0, long size = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(origin);
        ArgumentOutOfRangeException.ThrowIfNegative(next);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        (Origin, Next, Size) = (origin, next, size);
        keys.Add((Es256.KeyId(logKey), Es256.TryImport(logKey) ?? throw new ArgumentException("The log key is no P-256 public key (SPKI, DER).", nameof(logKey)), long.MaxValue));
    }

    public string Origin { get; }

    /// <summary>The number of the next batch.</summary>
    public long Next { get; private set; }

    /// <summary>Leaves so far: the index of the next one.</summary>
    public long Size { get; private set; }

    /// <summary>True when a batch has closed the log: everything after it is void.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>True when a batch signed by this key (its id) may count now.</summary>
    public bool Accepts(string keyId) => keys.Any(key => key.Id == keyId && Next <= key.Until);

    /// <summary>Judges the file at the name of batch <see cref="Next"/> and goes on to the one after it.</summary>
    /// <param name="bytes">The file's bytes; null when it is longer than <see cref="BatchFile.MostBytes"/>.</param>
    public BatchJudgement Take(ReadOnlyMemory<byte>? bytes)
    {
        var number = Next++;
        if (bytes is not { } file)
            return new BatchJudgement(number, null, $"more than {BatchFile.MostBytes} bytes");
        if (IsClosed)
            return new BatchJudgement(number, null, "the log is closed");
        if (!BatchParser.TryParse(file, out var signed, out var why))
            return new BatchJudgement(number, null, why);
        var batch = signed.Batch;
        if (Wrong(signed, number) is { } wrong)
            return new BatchJudgement(number, null, wrong);
        Size += batch.Entries.Count;
        IsClosed = batch.Closes;
        return new BatchJudgement(number, batch, null);
    }

    public void Dispose()
    {
        foreach (var (_, key, _) in keys)
            key.Dispose();
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
        if (!keys.Any(key => key.Id == signed.KeyId && number <= key.Until && Es256.Verify(key.Key, text, signed.Signature.Span)))
            return "no log key that counts here signed it";
        return batch.NextKey is { } next ? Change(next, number) : null;
    }

    private string? Change(string nextKey, long number)
    {
        var spki = new byte[512];
        if (!Convert.TryFromBase64String(nextKey, spki, out var length) || Es256.TryImport(spki.AsSpan(0, length)) is not { } key)
            return "# key is no P-256 public key";
        for (var i = 0; i < keys.Count; i++)
            keys[i] = keys[i] with { Until = Math.Min(keys[i].Until, number + FormerKeyCounts) };
        keys.Add((Es256.KeyId(spki.AsSpan(0, length)), key, long.MaxValue));
        return null;
    }
}
