using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>
/// Reads batches in the order of their numbers and says what each counts for, as every reader of the log would; and where one that others build upon is altered or missing, goes on behind it instead of calling everything after it void.
/// </summary>
internal sealed class BatchWalk : IDisposable
{
    // Batch files are up to 4 MiB.
    private const int ReadAhead = 16;
    private const int MostWaiting = 10_000;
    private const int MostHeld = 8;
    private readonly IReadableLog log;
    private readonly string origin;
    private readonly FindingBook book;
    private readonly long from;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>? versions;
    private readonly List<Waiting> waiting = [];
    private BatchChain chain;
    private bool wrongKey;
    private string? signer;

    internal BatchWalk(IReadableLog log, string origin, IReadOnlyList<ReadOnlyMemory<byte>> keys, FindingBook book, long from = 0, long size = 0, IReadOnlyList<ReadOnlyMemory<byte>>? versions = null)
    {
        (this.log, this.origin, this.book, this.from, this.versions) = (log, origin, book, from, versions);
        chain = new BatchChain(origin, keys, from, size);
        Folder = new LogFolder(log, origin, book);
    }

    internal LogFolder Folder { get; }

    /// <summary>Valid batches so far.</summary>
    internal long Valid { get; private set; }

    internal bool IsClosed => chain.IsClosed;

    /// <summary>Keys that the log went by so far (SPKI, DER).</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Keys => [.. chain.Keys.Select(key => key.Spki)];

    /// <summary>Names in files that were batches once and cannot be read as such any more: their records are not hidden.</summary>
    internal NameSet Doubtful { get; } = new();

    internal async IAsyncEnumerable<BatchWork> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var (place, blob) in Ordered.SelectAsync(Folder.PlacesAsync(from, ct), ReadAhead, ReadAsync, ct))
        {
            foreach (var work in Judge(place, blob))
                yield return work;
        }

        foreach (var work in Flush(PlaceRole.Beyond))
            yield return work;
        if (Valid == 0 && wrongKey)
            book.Add(LogFindingKind.LogKeyWrong, origin);
    }

    public void Dispose() => chain.Dispose();

    private async Task<(LogPlace Place, LogBlob? Blob)> ReadAsync(LogPlace place, CancellationToken ct) =>
        (place, place.Batch is { } path ? await log.ReadAsync(path, BatchFile.MostBytes, ct) : null);

    private List<BatchWork> Judge(LogPlace place, LogBlob? blob)
    {
        if (blob is null)
            return Wait(new Waiting(place, null, null, "there are checkpoints, but no batch"));
        // Not by null alone, which C# makes an empty memory of.
        var bytes = blob.Truncated ? default(ReadOnlyMemory<byte>?) : blob.Bytes;
        if (place.Number != chain.Next)
            return Ahead(place, bytes);
        var size = chain.Size;
        var judgement = chain.Take(bytes, blob.Truncated ? blob.WhyTruncated(BatchFile.MostBytes) : null);
        if (judgement.Batch is { } batch)
            return [.. Flush(PlaceRole.Void), Counts(place, batch, PlaceRole.Batch) with { Created = blob.Created }];
        if (waiting.Count > 0 && Genuine(place.Number, bytes) is { } genuine && genuine.First > size)
            return Resume(place, bytes, genuine, size);
        return Wait(new Waiting(place, bytes, Parsed(bytes), judgement.Why!));
    }

    /// <summary>A number is left out. Either batches are missing, which one that counts behind them proves, or somebody took a name in the future.</summary>
    private List<BatchWork> Ahead(LogPlace place, ReadOnlyMemory<byte>? bytes)
    {
        if (Genuine(place.Number, bytes) is { } genuine && genuine.First >= chain.Size)
            return Resume(place, bytes, genuine, chain.Size);
        return Wait(new Waiting(place, bytes, null, "the log has not come that far"));
    }

    /// <summary>Goes on with a batch that counts, behind files that others build upon and that are no batches any more.</summary>
    private List<BatchWork> Resume(LogPlace place, ReadOnlyMemory<byte>? bytes, BatchFile genuine, long size)
    {
        var missing = Missing(place.Number);
        List<BatchWork> works = [];
        if (missing.Count == 0 && waiting.Where(one => one.Place.Batch is not null).ToList() is [{ Parsed: { } altered } only] && altered.Batch.Entries.Count == genuine.First - size && genuine.First > size)
        {
            book.Add(LogFindingKind.BatchAltered, origin, only.Place.Batch, only.Place.Number, bytes: Difference(only), found: only.Why);
            waiting.Remove(only);
            Restart(place.Number, genuine);
            works.Add(Counts(only.Place, altered.Batch, PlaceRole.Altered));
            works.AddRange(Flush(PlaceRole.Gap));
            chain.Take(bytes);
            works.Add(Counts(place, genuine, PlaceRole.Batch));
            return works;
        }

        foreach (var one in waiting.Where(one => one.Place.Batch is not null))
        {
            book.Add(LogFindingKind.BatchAltered, origin, one.Place.Batch, one.Place.Number, bytes: Difference(one), found: one.Why);
            Doubt(one.Bytes);
        }

        works.AddRange(Flush(PlaceRole.Gap));
        Restart(place.Number, genuine);
        chain.Take(bytes);
        works.Add(Counts(place, genuine, PlaceRole.Batch) with { AfterGap = genuine.First > size });
        return works;
    }

    /// <summary>Names the numbers up to this one that have no batch.</summary>
    private List<long> Missing(long before)
    {
        var there = waiting.Where(one => one.Place.Batch is not null).Select(one => one.Place.Number).ToHashSet();
        var first = there.Count > 0 ? Math.Min(there.Min(), chain.Next) : chain.Next;
        List<long> missing = [];
        for (var number = first; number < before; number++)
        {
            if (there.Contains(number))
                continue;
            if (missing.Count < MostWaiting)
            {
                missing.Add(number);
                book.Add(LogFindingKind.BatchMissing, origin, BatchName.Of(number), number);
            }
            else
            {
                book.Add(LogFindingKind.BatchMissing, origin, batch: number, found: string.Create(CultureInfo.InvariantCulture, $"this one and all up to {before - 1}"));
                break;
            }
        }

        return missing;
    }

    /// <summary>Reads on with the keys so far, each for as long as it counts; where nothing was valid yet, with the one that signed the batch to begin with.</summary>
    private void Restart(long number, BatchFile genuine)
    {
        var keys = chain.Keys.Where(key => Valid > 0 || key.Id == signer).ToList();
        chain.Dispose();
        chain = new BatchChain(origin, keys, number, genuine.First);
    }

    private BatchWork Counts(LogPlace place, BatchFile batch, PlaceRole role)
    {
        Valid++;
        if (role == PlaceRole.Batch && batch.NextKey is not null)
            Named(place, chain.Keys[^1]);
        return new BatchWork(place, role, batch, KeysAt(place.Number));
    }

    /// <summary>Whoever has the log key can name any other as its successor: only the key's keeper knows which are its versions.</summary>
    private void Named(LogPlace place, LogKey key) => book.Add(
        versions is null || versions.Any(version => version.Span.SequenceEqual(key.Spki.Span)) ? LogFindingKind.LogKeyNamed : LogFindingKind.LogKeyForeign,
        origin, place.Batch, place.Number, found: $"the key {key.Id} from the next batch on");

    private List<LogKey> KeysAt(long number) => [.. chain.Keys.Where(key => key.CountsAt(number))];

    private List<BatchWork> Wait(Waiting one)
    {
        if (one.Parsed is { } parsed)
            wrongKey |= chain.Keys.All(key => key.Id != parsed.KeyId);
        // The bytes of a few are held, to say more of them; thousands of junk files are named all the same.
        if (waiting.Count < MostWaiting)
            waiting.Add((waiting.Count < MostHeld ? one : one with { Bytes = null, Parsed = null }) with { Keys = KeysAt(one.Place.Number) });
        else if (one.Place.Batch is { } path)
            book.Add(LogFindingKind.NameSquatted, origin, path, one.Place.Number, found: one.Why);
        return [];
    }

    /// <summary>What waited for a verdict. Behind the last batch a void file still may have been a batch: its checkpoint would say so.</summary>
    private List<BatchWork> Flush(PlaceRole role)
    {
        List<BatchWork> works = [.. waiting.Select(one => new BatchWork(one.Place, role == PlaceRole.Beyond && one.Place.Batch is not null && one.Place.Number < chain.Next ? PlaceRole.Void : role, null, [.. one.Keys.UnionBy(KeysAt(one.Place.Number), key => Convert.ToBase64String(key.Spki.Span))], Why: one.Why))];
        waiting.Clear();
        return works;
    }

    /// <summary>The batch, when a key of the log signed it for this log and this number, wherever it begins.</summary>
    private BatchFile? Genuine(long number, ReadOnlyMemory<byte>? bytes)
    {
        if (Parsed(bytes) is not { } signed || signed.Batch.Log != origin || signed.Batch.Number != number)
            return null;
        foreach (var key in chain.Keys.Where(key => key.Id == signed.KeyId && key.CountsAt(number)))
        {
            if (!signed.IsSignedBy(key.Spki))
                continue;
            signer = key.Id;
            return signed.Batch;
        }

        return null;
    }

    private static SignedBatch? Parsed(ReadOnlyMemory<byte>? bytes) => bytes is { } file && BatchParser.TryParse(file, out var signed, out _) ? signed : null;

    /// <summary>Where an altered batch stops reading as one: its first line that is wrong; its signature where every line reads well.</summary>
    private static ByteRange? Difference(Waiting one)
    {
        if (one.Bytes is not { } bytes)
            return null;
        if (one.Parsed is { } parsed)
            return new ByteRange(0, parsed.SignedText.Length);
        return BatchLines.FirstWrong(bytes.Span);
    }

    private void Doubt(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } file)
            return;
        foreach (var line in Encoding.Latin1.GetString(file.Span).Split('\n'))
        {
            if (line.Length > 66 && RecordPath.IsListable(line[66..]))
                Doubtful.Add(NameSet.KeyOf(line[66..]));
        }
    }

    private sealed record Waiting(LogPlace Place, ReadOnlyMemory<byte>? Bytes, SignedBatch? Parsed, string Why)
    {
        /// <summary>Those that counted when it was met: before a log's first batch all do that it may begin with.</summary>
        public IReadOnlyList<LogKey> Keys { get; init; } = [];
    }
}
