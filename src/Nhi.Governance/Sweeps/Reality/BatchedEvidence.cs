using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Follows the logs by their batches, a cursor a log. When something came into a log is told by when it was first seen there, run by run: whoever writes a record chooses every instant in it.
/// </summary>
public sealed class BatchedEvidence(IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, Producer producer, ICursors cursors) : IBatchedEvidence
{
    /// <summary>Batches of one log that one run hands over: what is left comes with the next.</summary>
    private const int MostBatches = 2_000;

    /// <summary>Looks in one such time share an instant: the cursor stays short.</summary>
    private static readonly TimeSpan _apart = TimeSpan.FromMinutes(10);

    public async Task EachAsync(DateTimeOffset now, TimeSpan wait, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct)
    {
        try
        {
            var keys = await logKeys.FirstKeysAsync(ct);
            var authenticity = await producer.AuthenticityAsync(ct);
            foreach (var account in accounts)
                foreach (var store in (await account.AllAsync(ct)).Reverse())
                    await OfLogAsync(store, keys, authenticity, now, now - wait, take, ct);
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException)
        {
            throw new ExternalCallException($"What came into the log could not be read: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }

    private async Task OfLogAsync(
        IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> keys, RecordAuthenticity authenticity, DateTimeOffset now, DateTimeOffset due, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct)
    {
        var name = $"batched-evidence-{CrockfordBase32.OfSha256(store.Origin)}";
        var cursor = await cursors.ReadAsync(name, ct);
        if (Place.Parse(cursor?.Value) is not { } place)
        {
            var (next, size) = await LogEnd.FindAsync(store, keys, ct);
            await cursors.TryMoveAsync(name, new Place(next, size, []).ToString(), cursor, ct);
            return;
        }

        place = await FollowAsync(store, keys, place, now, ct);
        cursor = await cursors.TryMoveAsync(name, place.ToString(), cursor, ct);
        if (cursor is null || place.Seen.LastOrDefault(mark => mark.At <= due) is not { } until)
            return;
        using var chain = new BatchChain(store.Origin, keys, place.Next, place.Size);
        var records = new BatchRecords(store, authenticity);
        for (var batches = 0; batches < MostBatches && cursor is not null && chain.Next < until.Next && await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, ct) is { } blob; batches++)
        {
            if (chain.Take(blob.Truncated ? null : blob.Bytes).Batch is { } batch)
                await take([.. (await records.ReadAsync(batch, ct)).Select(leaf => leaf.Record).OfType<EvidenceRecord>()], ct);
            cursor = await cursors.TryMoveAsync(name, new Place(chain.Next, chain.Size, [.. place.Seen.Where(mark => mark.Next > chain.Next)]).ToString(), cursor, ct);
        }
    }

    /// <summary>As far as the log goes now.</summary>
    private static async Task<Place> FollowAsync(IEvidenceStore store, IReadOnlyList<ReadOnlyMemory<byte>> keys, Place place, DateTimeOffset now, CancellationToken ct)
    {
        if (place.Seen is [.., var newest] && now - newest.At < _apart)
            return place;
        var (from, size) = place.Seen is [.., var last] ? (last.Next, last.Size) : (place.Next, place.Size);
        using var chain = new BatchChain(store.Origin, keys, from, size);
        while (await store.ReadAsync(BatchName.Of(chain.Next), BatchFile.MostBytes, ct) is { } blob)
            chain.Take(blob.Truncated ? null : blob.Bytes);
        return chain.Next == from ? place : place with { Seen = [.. place.Seen, new Mark(chain.Next, chain.Size, now)] };
    }

    /// <summary>The log ended before batch <paramref name="Next"/> at that instant.</summary>
    private sealed record Mark(long Next, long Size, DateTimeOffset At);

    /// <summary>The next batch to hand over, the leaves before it, and how far the log went when it was looked at.</summary>
    private sealed record Place(long Next, long Size, IReadOnlyList<Mark> Seen)
    {
        public static Place? Parse(string? value)
        {
            if (value?.Split(';') is not [var head, .. var marks] || Numbers(head.Split(' ')) is not { } place)
                return null;
            return new Place(place.Next, place.Size, [.. marks.Select(mark => mark.Split(' ')).Select(parts => Numbers(parts) is { } at && parts is [_, _, var text] && new Cursor(text, "").Instant is { } seen ? new Mark(at.Next, at.Size, seen) : null).OfType<Mark>()]);
        }

        public override string ToString() => string.Join(';', [string.Create(CultureInfo.InvariantCulture, $"{Next} {Size}"), .. Seen.Select(mark => string.Create(CultureInfo.InvariantCulture, $"{mark.Next} {mark.Size} {mark.At:O}"))]);

        private static (long Next, long Size)? Numbers(string[] parts) =>
            parts is [var next, var size, ..] && long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) ? (number, leaves) : null;
    }
}
