using System.Security.Cryptography;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// Puts records into numbered batches (evidence.md 3.4). Any number of them may run, on any number of machines, without a lease: who creates the name of batch n has decided it,
/// everybody else reads it and goes on. The container alone decides; hints only save time.
/// </summary>
/// <param name="store">The container of one log.</param>
/// <param name="logKey">Signs batches.</param>
/// <param name="firstLogKey">The public key (SPKI, DER) that the log began with, where <paramref name="logKey"/> is a later one; else null.</param>
/// <param name="producer">Judges records.</param>
/// <param name="pending">The work list.</param>
/// <param name="sink">What is derived from the log.</param>
/// <param name="clock">Governance time: which folders are recent.</param>
/// <param name="options">How to look for records.</param>
public sealed class Sequencer(
    IEvidenceStore store, ISigner logKey, ReadOnlyMemory<byte>? firstLogKey, Producer producer, IPendingRecords pending, IBatchSink sink, TimeProvider clock, SequencerOptions options) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly LoggedRecords logged = new();
    private BatchChain? chain;
    private Candidates? candidates;
    private BatchFile? newest;
    private long finished = -1;
    private Dictionary<string, Candidate> atHand = [];

    // More bytes than that are read again for what hangs on the log.
    private const int AtHandBytes = 32 * 1024 * 1024;

    /// <summary>
    /// Reads what is new in the log, then batches whatever is unlogged. Throws <see cref="EvidenceStoreException"/> or <see cref="SigningException"/> when store or key fail: nothing is lost, the next run goes on.
    /// </summary>
    public async Task<SequencerReport> RunAsync(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            var run = new Run();
            var authenticity = await producer.AuthenticityAsync(ct);
            chain ??= new BatchChain(store.Origin, (firstLogKey ?? await logKey.PublicKeyAsync(ct)).Span);
            candidates ??= new Candidates(store, pending, clock, options, logged);
            do
            {
                await FollowAsync(run, ct);
                await FinishAsync(authenticity, ct);
                if (chain.IsClosed)
                    break;
                await candidates.GatherAsync(authenticity, ct);
            }
            while (await ClaimAsync(run, ct));
            return new SequencerReport(chain.Next, chain.Size, run.Claimed, run.Logged, run.Lost, run.Void, candidates.Foreign, chain.IsClosed);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        chain?.Dispose();
        gate.Dispose();
    }

    /// <summary>Reads forward to the first free name: one read when nothing is new, then many at a time.</summary>
    private async Task FollowAsync(Run run, CancellationToken ct)
    {
        if (await ReadAsync(chain!.Next, ct) is not { } first)
            return;
        Take(first, run);
        while (true)
        {
            var start = chain.Next;
            var blobs = await Task.WhenAll(Enumerable.Range(0, options.Parallel).Select(i => ReadAsync(start + i, ct)));
            foreach (var blob in blobs)
            {
                if (blob is null)
                    return;
                Take(blob, run);
            }
        }
    }

    private Task<StoredBlob?> ReadAsync(long number, CancellationToken ct) => store.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct);

    private void Take(StoredBlob blob, Run run)
    {
        var judgement = chain!.Take(blob.Truncated ? null : blob.Bytes);
        if (judgement.Batch is not { } batch)
        {
            run.Void++;
            return;
        }

        logged.Add(batch);
        newest = batch;
    }

    private async Task FinishAsync(RecordAuthenticity authenticity, CancellationToken ct)
    {
        if (newest is null || newest.Number == finished)
            return;
        await sink.FinishAsync(newest, new BatchRecords(store, authenticity, atHand), ct);
        finished = newest.Number;
        atHand = [];
    }

    /// <summary>Claims the next number for what waits; false when nothing does.</summary>
    private async Task<bool> ClaimAsync(Run run, CancellationToken ct)
    {
        var entries = candidates!.InOrder(Math.Min(options.BatchEntries, BatchFile.MostEntries));
        if (entries.Count == 0)
            return false;
        var spki = await logKey.PublicKeyAsync(ct);
        var keyId = Es256.KeyId(spki.Span);
        if (!chain!.Accepts(keyId))
            throw new SigningException($"The log key {keyId} is none that the log {store.Origin} knows: its batches would be void. Name the log's key, or its first one beside it.");
        var number = chain.Next;
        var text = new BatchFile(store.Origin, number, chain.Size, [.. entries.Select(candidate => candidate.Entry)]).Text();
        var signature = await logKey.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), ct);
        var bytes = BatchFile.Seal(text, keyId, signature);
        var answer = await store.TryCreateAsync(BatchName.Of(number), bytes, BatchName.ContentType, ct);
        if (answer.Answer == CreateAnswer.Created)
        {
            run.Claimed++;
            run.Logged += entries.Count;
            Keep(entries);
        }
        else if (await ReadAsync(number, ct) is null)
        {
            throw new EvidenceStoreException($"The log {store.Origin} refused '{BatchName.Of(number)}', and nothing is there: the sequencer lacks the right to add blobs under log/.");
        }
        else
        {
            run.Lost++;
        }

        return true;
    }

    private void Keep(IReadOnlyList<Candidate> entries)
    {
        if (entries.Sum(candidate => (long)candidate.Bytes.Length) <= AtHandBytes)
            atHand = entries.ToDictionary(candidate => candidate.Entry.Path, StringComparer.Ordinal);
    }

    private sealed class Run
    {
        internal int Claimed { get; set; }
        internal int Logged { get; set; }
        internal int Lost { get; set; }
        internal int Void { get; set; }
    }
}
