using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// What lies before a place of a log, as far as who begins there has to know it: which keys count at a number, and the chain that whoever read the log from its beginning would have there. Where all shows that one version has signed for longer than
/// a former one counts, a handful of reads say so; in the day after a rotation, and wherever anything looks odd, the batch files are read from the first. Serves one at a time.
/// </summary>
public sealed class LogPast : IDisposable
{
    /// <summary>Batches in a row, where a former key ends to count, that have to bear the one signature: whoever has a retired key puts a file of his own there, and not over those of others.</summary>
    private const int Window = 16;
    private const int AtATime = 64;
    private readonly string origin;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> first;
    private readonly List<LogKey> known;
    private readonly bool areAll;
    private readonly Func<string, int, CancellationToken, Task<ReadOnlyMemory<byte>?>> read;
    private BatchChain? whole;
    private long? settled;

    /// <param name="origin">Which log.</param>
    /// <param name="first">The public keys (SPKI, DER) that the log may have begun with.</param>
    /// <param name="known">Every key that somebody trustworthy says is the log's, oldest first. Another order costs reads.</param>
    /// <param name="areAll">True when the key's keeper says that there are no others.</param>
    /// <param name="read">Reads at most so many bytes of a blob: none of one that has more, null where there is no such name.</param>
    public LogPast(string origin, IReadOnlyList<ReadOnlyMemory<byte>> first, IReadOnlyList<ReadOnlyMemory<byte>> known, bool areAll, Func<string, int, CancellationToken, Task<ReadOnlyMemory<byte>?>> read)
    {
        ArgumentNullException.ThrowIfNull(known);
        (this.origin, this.first, this.areAll, this.read) = (origin, first, areAll, read);
        this.known = [.. known.Select(Key)];
    }

    /// <summary>Of a container.</summary>
    public static LogPast Of(IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> first, IReadOnlyList<ReadOnlyMemory<byte>> known, bool areAll)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new LogPast(store.Origin, first, known, areAll, async (path, most, ct) => await store.ReadAsync(path, most, ct) is { } blob ? (blob.Truncated ? ReadOnlyMemory<byte>.Empty : blob.Bytes) : default(ReadOnlyMemory<byte>?));
    }

    /// <summary>A key that the log was seen to name: it is newer than all that were known.</summary>
    internal void Learn(ReadOnlyMemory<byte> spki) => known.Add(Key(spki));

    /// <summary>The keys that count for that number, oldest first. Throws <see cref="EvidenceStoreException"/>.</summary>
    /// <param name="number">A batch's.</param>
    /// <param name="signer">The id of a key whose signature was seen there.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<LogKey>> KeysAtAsync(long number, string signer, CancellationToken ct)
    {
        if (known.Find(key => key.Id == signer) is { } one && await IsAloneAsync(number, one, ct))
            return [one];
        var chain = whole ??= new BatchChain(origin, first);
        // With the batch of that number itself: the first one that is valid says which key the log began with.
        await ForwardAsync(chain, number + 1, ct);
        return [.. chain.Keys.Where(key => key.CountsAt(number))];
    }

    /// <summary>True when the note is a checkpoint for that number, signed by a key that counts there. Throws <see cref="EvidenceStoreException"/>.</summary>
    public async Task<bool> CountsAsync(ReadOnlyMemory<byte> note, long number, CancellationToken ct)
    {
        if (!SignedNote.TryParse(note.Span, out var signed, out _))
            return false;
        var ids = signed.Signatures.Where(signature => signature.Name == origin).Select(signature => signature.KeyId).ToList();
        if ((known.FindLast(key => ids.Contains(key.Id))?.Id ?? ids.FirstOrDefault()) is not { } signer)
            return false;
        var keys = (await KeysAtAsync(number, signer, ct)).Select(key => new NoteKey(origin, key.Spki.Span)).ToList();
        var judgement = CheckpointNote.Judge(note.Span, origin, number, keys);
        keys.ForEach(key => key.Dispose());
        return judgement.IsSigned;
    }

    /// <summary>
    /// The chain at that number, for the caller to dispose: made of the last batch before it that counts; where it comes to another size than is expected, read from the first batch. It stops earlier where the names do.
    /// Throws <see cref="EvidenceStoreException"/>.
    /// </summary>
    public async Task<BatchChain> ChainAtAsync(long next, long? size, CancellationToken ct)
    {
        var near = await NearAsync(next, ct);
        if (near is not null && (size is null || near.Size == size))
            return near;
        near?.Dispose();
        var chain = new BatchChain(origin, first);
        await ForwardAsync(chain, next, ct);
        return chain;
    }

    public void Dispose() => whole?.Dispose();

    /// <summary>True when no key but this one counts there.</summary>
    private async Task<bool> IsAloneAsync(long number, LogKey one, CancellationToken ct)
    {
        if (known.Count == 1 && (areAll || number <= BatchChain.FormerKeyCounts))
            return true;
        // A later one may have come into use.
        if (one != known[^1])
            return false;
        if (settled <= number)
            return true;
        var from = number - BatchChain.FormerKeyCounts - Window + 1;
        if (from < 0)
            return false;
        foreach (var signed in await Task.WhenAll(Enumerable.Range(0, Window).Select(i => GenuineAsync(from + i, ct))))
        {
            if (signed is null || signed.KeyId != one.Id || signed.Batch.NextKey is not null)
                return false;
        }

        // What nobody knows of may succeed a key later on, unless all are known.
        if (areAll)
            settled = number;
        return true;
    }

    private async Task<BatchChain?> NearAsync(long next, CancellationToken ct)
    {
        var width = 1;
        for (var high = next - 1; high >= 0; high -= width, width = Math.Min(width * 4, AtATime))
        {
            var top = high;
            foreach (var signed in await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(width, top + 1)).Select(i => GenuineAsync(top - i, ct))))
            {
                if (signed is null || await KeysAtAsync(signed.Batch.Number, signed.KeyId, ct) is not { Count: > 0 } keys || keys.All(key => key.Id != signed.KeyId))
                    continue;
                var chain = new BatchChain(origin, keys, signed.Batch.Number, signed.Batch.First);
                await ForwardAsync(chain, next, ct);
                return chain;
            }
        }

        return null;
    }

    private async Task ForwardAsync(BatchChain chain, long next, CancellationToken ct)
    {
        while (chain.Next < next)
        {
            var start = chain.Next;
            foreach (var file in await Task.WhenAll(Enumerable.Range(0, (int)Math.Min(AtATime, next - start)).Select(i => FileAsync(start + i, ct))))
            {
                if (file is null)
                    return;
                chain.Take(file.Value.IsEmpty ? null : file);
            }
        }
    }

    /// <summary>A batch of this log and this number that a known key signed; whether it counts is another question.</summary>
    private async Task<SignedBatch?> GenuineAsync(long number, CancellationToken ct)
    {
        if (await FileAsync(number, ct) is not { } file || !BatchParser.TryParse(file, out var signed, out _) || signed.Batch.Log != origin || signed.Batch.Number != number || signed.Batch.First < 0)
            return null;
        return known.Find(key => key.Id == signed.KeyId) is { } one && signed.IsSignedBy(one.Spki) ? signed : null;
    }

    private Task<ReadOnlyMemory<byte>?> FileAsync(long number, CancellationToken ct) => read(BatchName.Of(number), BatchFile.MostBytes, ct);

    private static LogKey Key(ReadOnlyMemory<byte> spki) => new(Es256.KeyId(spki.Span), spki, 0, long.MaxValue);
}
