using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Governance.Publishing;

/// <summary>
/// The timer <c>Publish</c>: carries what was batched to each sink, from the sink's cursor on, of each account: what fell back to the secondary one is published too. The log is the outbox: a sink or an account that fails keeps its place, catches up later, and never stops the others.
/// </summary>
public sealed partial class Publisher(IReadOnlyList<IEvidenceContainers> accounts, LogPlaces places, Producer producer, ICursors cursors, IEnumerable<ISink> sinks, Receipts receipts, ILogger<Publisher> logger)
{
    /// <summary>Batches that one run carries to a sink at most: what is left comes a minute later.</summary>
    private const int MostBatches = 60;
    private const int MostAtATime = 100;

    /// <summary>Returns how many records were handed over.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var sent = 0;
        await Outbox.CarryAsync(sinks, accounts, async (sink, store) => sent += await CarryAsync(sink, store, ct), (sink, e) => LogFailed(sink.Name, e), ct);
        return sent;
    }

    private async Task<int> CarryAsync(ISink sink, IEvidenceStore store, CancellationToken ct)
    {
        var name = $"publish-{sink.Name}-{CrockfordBase32.OfSha256(store.Origin)}";
        var cursor = await cursors.ReadAsync(name, ct);
        using var log = await places.FollowAsync(store, name, cursor is null ? (0, 0) : Parse(cursor.Value), ct);
        var records = new BatchRecords(store, await producer.AuthenticityAsync(ct));
        var sent = 0;
        for (var batches = 0; batches < MostBatches && await log.NextAsync(ct) is { } judgement; batches++)
        {
            if (judgement.Batch is { } batch)
            {
                var anchors = sink as IAnchorSink;
                var checkpoints = anchors is null ? [] : await CheckpointFinder.FindAsync(store, batch.Number, log.Size, log.Keys, ct);
                // The newest batch gets its checkpoint in a moment, and goes out with it; one that has a successor has had its chance.
                if (anchors is not null && checkpoints.Count == 0 && await store.ReadAsync(BatchName.Of(log.Next), BatchFile.MostBytes, ct) is null)
                    return sent;
                sent += await SendAsync(sink, store.Origin, batch, await records.ReadAsync(batch, ct), ct);
                // Two that differ are a FORK. Which one the batches yield only who has the tree can say: whoever hears of both sees that there are two.
                foreach (var checkpoint in checkpoints.DistinctBy(one => one.Checkpoint))
                    await anchors!.AnchorAsync(Published(checkpoint), ct);
            }

            cursor = await cursors.TryMoveAsync(name, string.Create(CultureInfo.InvariantCulture, $"{log.Next} {log.Size}"), cursor, ct);
            if (cursor is null)
                return sent; // Another instance carries for this sink.
        }

        return sent;
    }

    private async Task<int> SendAsync(ISink sink, string origin, BatchFile batch, IReadOnlyList<LoggedRecord> leaves, CancellationToken ct)
    {
        var published = new List<PublishedRecord>();
        for (var i = 0; i < leaves.Count; i++)
            if (leaves[i].Record is { } record)
                published.Add(new PublishedRecord(origin, batch.First + i, new RecordReference(leaves[i].Entry.Path, leaves[i].Entry.Sha256), record));
        foreach (var chunk in published.Chunk(MostAtATime))
        {
            await sink.SendAsync(chunk, ct);
            await receipts.TakenAsync(sink.Name, null, chunk.Select(Notice.Of).OfType<Notice>(), ct);
        }

        return published.Count;
    }

    private static PublishedCheckpoint Published(WrittenCheckpoint written) => new(
        written.Checkpoint.Origin, written.Checkpoint.Batch, written.Checkpoint.Size, written.Checkpoint.Root.ToBase64(), written.Path, Encoding.UTF8.GetString(written.Note.Span));

    private static (long Next, long Size)? Parse(string value) =>
        value.Split(' ') is [var next, var size]
        && long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves)
            ? (number, leaves)
            : null;

    [LoggerMessage(4301, LogLevel.Error, "The sink {Sink} took nothing; it keeps its place, the others go on")]
    private partial void LogFailed(string sink, Exception exception);
}
