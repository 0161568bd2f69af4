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
public sealed class BatchedEvidence(IReadOnlyList<IEvidenceContainers> accounts, LogPlaces places, Producer producer, ICursors cursors) : IBatchedEvidence
{
    /// <summary>Batches of one log that one run hands over: what is left comes with the next.</summary>
    private const int MostBatches = 2_000;

    /// <summary>Looks in one such time share an instant: the cursor stays short.</summary>
    private static readonly TimeSpan _apart = TimeSpan.FromMinutes(10);

    public async Task EachAsync(DateTimeOffset now, TimeSpan wait, DateTimeOffset? waiting, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct)
    {
        List<Exception> failed = [];
        RecordAuthenticity? authenticity = null;
        await TryAsync(async () => authenticity = await producer.AuthenticityAsync(ct));
        foreach (var account in authenticity is null ? [] : accounts)
        {
            IReadOnlyList<IEvidenceStore> stores = [];
            await TryAsync(async () => stores = await account.AllAsync(ct));
            foreach (var store in stores.Reverse())
                await TryAsync(() => OfLogAsync(store, authenticity!, now, now - wait, waiting, take, ct));
        }

        if (failed.Count > 0)
            throw new ExternalCallException($"What came into the log could not be read whole: {string.Join("; ", failed.Select(e => e.Message))}", mayHaveHappened: false, transient: true, inner: failed[0]);

        // A log that does not answer keeps what is in the others from nobody.
        async Task TryAsync(Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                failed.Add(e);
            }
        }
    }

    private async Task OfLogAsync(
        IEvidenceStore store, RecordAuthenticity authenticity, DateTimeOffset now, DateTimeOffset due, DateTimeOffset? waiting, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct)
    {
        var name = $"batched-evidence-{CrockfordBase32.OfSha256(store.Origin)}";
        var cursor = await cursors.ReadAsync(name, ct);
        if (cursor is null)
        {
            // Whoever deletes the row takes nothing out of what is to be looked at, and none of the time that it has waited: the service says since when a batch is there.
            var (next, size) = waiting is { } since ? await places.SinceAsync(store, since, ct) : await places.EndAsync(store, ct);
            var ripe = waiting is null ? next : (await places.SinceAsync(store, due, ct)).Next;
            cursor = await cursors.TryMoveAsync(name, new Place(next, size, ripe > next ? [new Mark(ripe, due)] : []).ToString(), cursor, ct);
            if (cursor is null)
                return;
        }

        var said = Place.Parse(cursor.Value);
        using var log = await places.FollowAsync(store, name, said is null ? null : (said.Next, said.Size), ct);
        var seen = said is not null && log.Next == said.Next ? said.Seen : [];
        seen = await LookAsync(store, log.Next, seen, now, ct);
        cursor = await cursors.TryMoveAsync(name, new Place(log.Next, log.Size, seen).ToString(), cursor, ct);
        if (cursor is null || seen.LastOrDefault(mark => mark.At <= due) is not { } until)
            return;
        var records = new BatchRecords(store, authenticity);
        for (var batches = 0; batches < MostBatches && cursor is not null && log.Next < until.Next && await log.NextAsync(ct) is { } judgement; batches++)
        {
            if (judgement.Batch is { } batch)
                await take([.. (await records.ReadAsync(batch, ct)).Select(leaf => leaf.Record).OfType<EvidenceRecord>()], ct);
            cursor = await cursors.TryMoveAsync(name, new Place(log.Next, log.Size, [.. seen.Where(mark => mark.Next > log.Next)]).ToString(), cursor, ct);
        }
    }

    /// <summary>As far as the log goes now. A mark that it has not come to was not made by looking.</summary>
    private static async Task<IReadOnlyList<Mark>> LookAsync(IEvidenceStore store, long next, IReadOnlyList<Mark> seen, DateTimeOffset now, CancellationToken ct)
    {
        if (seen is [.., var last] && (last.At > now || !await IsThereAsync(store, last.Next - 1, ct)))
            seen = [];
        if (seen is [.., var newest] && now - newest.At < _apart)
            return seen;
        var from = seen is [.., var mark] ? mark.Next : next;
        var end = from;
        while (await IsThereAsync(store, end, ct))
            end++;
        return end == from ? seen : [.. seen, new Mark(end, now)];
    }

    private static async Task<bool> IsThereAsync(IEvidenceStore store, long number, CancellationToken ct) => number >= 0 && await store.ReadAsync(BatchName.Of(number), 1, ct) is not null;

    /// <summary>The log ended before batch <paramref name="Next"/> at that instant.</summary>
    private sealed record Mark(long Next, DateTimeOffset At);

    /// <summary>The next batch to hand over, the leaves before it, and how far the log went when it was looked at.</summary>
    private sealed record Place(long Next, long Size, IReadOnlyList<Mark> Seen)
    {
        public static Place? Parse(string? value)
        {
            if (value?.Split(';') is not [var head, .. var marks] || Numbers(head.Split(' ')) is not { } place)
                return null;
            return new Place(place.Next, place.Size, [.. marks.Select(mark => mark.Split(' ')).Select(parts =>
                parts is [var text, var instant] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var next) && new Cursor(instant, "").Instant is { } at ? new Mark(next, at) : null).OfType<Mark>()]);
        }

        public override string ToString() => string.Join(';', [string.Create(CultureInfo.InvariantCulture, $"{Next} {Size}"), .. Seen.Select(mark => string.Create(CultureInfo.InvariantCulture, $"{mark.Next} {mark.At:O}"))]);

        private static (long Next, long Size)? Numbers(string[] parts) =>
            parts is [var next, var size, ..] && long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) ? (number, leaves) : null;
    }
}
