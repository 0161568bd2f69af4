using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Judges records one by one, on any thread: their bytes against the batch, their name, signature and creation.</summary>
internal sealed class RecordCheck(IReadableLog log, ITileStore? tiles, string origin, RecordAuthenticity authenticity, VerifyOptions options, FindingBook book)
{
    // Who wants the records themselves, or their rows, gets them whole.
    private readonly bool isGlanceEnough = options is { OnRecord: null, Index: null };
    private long read;

    /// <summary>Records whose bytes were read.</summary>
    internal long Read => Interlocked.Read(ref read);

    /// <summary>Reads what lies at a line's name and compares.</summary>
    internal async ValueTask<Leaf> CheckAsync(BatchEntry entry, long batch, long index, CancellationToken ct)
    {
        var blob = await log.ReadAsync(entry.Path, RecordLimits.Bytes, ct);
        Interlocked.Increment(ref read);
        if (blob is null)
            book.Add(LogFindingKind.RecordMissing, origin, entry.Path, batch, index, expected: entry.Sha256);
        else if (blob.Truncated || TreeHash.Record(blob.Bytes.Span) != entry.RecordHash)
            await NameAlteredAsync(entry, batch, index, blob, ct);
        else
            return Check(entry, batch, index, blob);
        return Unread(entry);
    }

    /// <summary>What is to be said of bytes that are those of the line.</summary>
    private Leaf Check(BatchEntry entry, long batch, long index, LogBlob blob)
    {
        var leaf = Unread(entry);
        if (TreeHash.Leaf(blob.Bytes.Span) is var hash && hash != entry.LeafHash)
            book.Add(LogFindingKind.LeafUntrue, origin, entry.Path, batch, index, expected: hash.ToString(), found: entry.Leaf);
        var (gist, by, why) = Judge(blob, leaf);
        if (gist is null)
        {
            book.Add(LogFindingKind.RecordForged, origin, entry.Path, batch, index, found: why);
            return leaf;
        }

        CheckCreation(gist, blob.Created, entry.Path, batch, index);
        return leaf with { Gist = gist, Created = blob.Created, By = by };
    }

    /// <summary>The leaf as the batch gives it, without a look at its record.</summary>
    internal static Leaf Unread(BatchEntry entry) => new(entry, NameSet.KeyOf(entry.Path), RecordPath.TryParse(entry.Path, out var name) ? name : null, null, null, null);

    private (RecordGist? Gist, RecordAuthenticity.Version? By, string? Why) Judge(LogBlob blob, in Leaf leaf) =>
        authenticity.Glance(blob.Bytes, leaf.Entry.Path, isGlanceEnough ? leaf.Name : null, origin, blob.Created, options.Signatures);

    private void CheckCreation(RecordGist record, DateTimeOffset? created, string path, long batch, long index)
    {
        if (created is not { } at)
            return;
        // An attempt begins before it is recorded: nobody dates ahead, late or not.
        if (record.Time - at > options.Skew)
            book.Add(record.Whole?.Seal is null ? LogFindingKind.CreationSkewed : LogFindingKind.SealDatedAhead, origin, path, batch, index, record.Op, expected: $"{at:yyyy-MM-dd'T'HH:mm:ss'Z'}, when it was created", found: $"its time is {record.Time:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        if (!record.Late && (record.Recorded is not { } recorded || (recorded - at).Duration() > options.Skew))
            book.Add(LogFindingKind.CreationSkewed, origin, path, batch, index, record.Op, expected: $"{at:yyyy-MM-dd'T'HH:mm:ss'Z'}, when it was created", found: record.Recorded is { } said ? $"it says that it was recorded at {said:yyyy-MM-dd'T'HH:mm:ss'Z'}" : "it does not say when it was recorded");
    }

    private async Task NameAlteredAsync(BatchEntry entry, long batch, long index, LogBlob blob, CancellationToken ct)
    {
        var (found, range) = blob.Truncated ? (blob.WhyTruncated(RecordLimits.Bytes), blob.IsUnreadable ? null : new ByteRange(RecordLimits.Bytes, 0)) : (Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span)), (ByteRange?)null);
        if (!blob.Truncated && RecordSerializer.TryRead(blob.Bytes.Span, out var record, out _) && record.Path is { } other && other != entry.Path)
            found = $"the record '{other}'";
        if (await OriginalAsync(entry, index, ct) is { } original)
            range = Difference(original.Span, blob.Bytes.Span);
        book.Add(LogFindingKind.RecordAltered, origin, entry.Path, batch, index, bytes: range, expected: entry.Sha256, found: found);
    }

    /// <summary>The record as a bundle has it, where that is still what was logged.</summary>
    private async Task<ReadOnlyMemory<byte>?> OriginalAsync(BatchEntry entry, long index, CancellationToken ct)
    {
        if (tiles is null)
            return null;
        for (var width = TilePath.Width; width > (int)(index % TilePath.Width); width--)
        {
            if (await tiles.ReadAsync(TilePath.OfBundle(index / TilePath.Width, width), EntryBundle.MostBytes, ct) is not { } bundle)
                continue;
            if (EntryBundle.TryDecode(bundle, width, out var records) && records[(int)(index % TilePath.Width)] is var record && TreeHash.Record(record.Span) == entry.RecordHash)
                return record;
        }

        return null;
    }

    /// <summary>From the first byte that differs to the last one, in what is there.</summary>
    internal static ByteRange Difference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        var first = expected.CommonPrefixLength(found);
        var end = 0;
        while (end < Math.Min(expected.Length, found.Length) - first && expected[^(end + 1)] == found[^(end + 1)])
            end++;
        return new ByteRange(first, found.Length - first - end);
    }
}
