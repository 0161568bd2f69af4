using System.Security.Cryptography;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Sequencing;

/// <summary>
/// Puts records into numbered batches, each with its checkpoint and its tiles. Any number of them may run, on any number of machines, without a lease: who creates the name of batch n has decided it,
/// everybody else reads it and goes on. The container alone decides; hints only save time.
/// </summary>
/// <param name="store">The container of one log.</param>
/// <param name="logKeys">Sign batches and checkpoints. A version that the log does not know yet is written into it first: that is how the key rotates.</param>
/// <param name="producer">Judges records.</param>
/// <param name="pending">The work list.</param>
/// <param name="sink">What else is derived from the log.</param>
/// <param name="tiles">Where tiles go, or null.</param>
/// <param name="clock">Governance time: which folders are recent.</param>
/// <param name="options">How to look for records.</param>
public sealed class Sequencer(
    IEvidenceStore store, ILogKeys logKeys, Producer producer, IPendingRecords pending, IBatchSink sink, ITileStore? tiles, TimeProvider clock, SequencerOptions options) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly HeadFinisher finisher = new(store, sink, tiles is null ? null : new TileFollower(store, tiles, clock, options));
    private readonly AlarmList alarms = new();
    private LogView? log;
    private Candidates? candidates;

    /// <summary>The checkpoint that the last report told of: one that a run wrote before it failed is told by the next.</summary>
    private Checkpoints.WrittenCheckpoint? said;
    private Dictionary<string, Candidate> atHand = [];

    // More bytes than that are read again for what hangs on the log.
    private const int AtHandBytes = 32 * 1024 * 1024;

    /// <summary>So many void names in one run are no accident.</summary>
    private const int FloodOf = 1_000;

    /// <summary>Of so many keys, named by a thief one after the other, the newest are said.</summary>
    private const int MostForeignSaid = 10;

    /// <summary>So far this host's clock and the service's may be apart: records and seals that are further off are findings.</summary>
    internal static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    /// <summary>Without tiles, and with one version of the log key.</summary>
    /// <param name="store">The container of one log.</param>
    /// <param name="logKey">Signs batches and checkpoints.</param>
    /// <param name="firstLogKey">The public key (SPKI, DER) that the log began with, where <paramref name="logKey"/> is a later one; else null.</param>
    /// <param name="producer">Judges records.</param>
    /// <param name="pending">The work list.</param>
    /// <param name="sink">What is derived from the log.</param>
    /// <param name="clock">Governance time.</param>
    /// <param name="options">How to look for records.</param>
    public Sequencer(IEvidenceStore store, ISigner logKey, ReadOnlyMemory<byte>? firstLogKey, Producer producer, IPendingRecords pending, IBatchSink sink, TimeProvider clock, SequencerOptions options)
        : this(store, new LogKeys(logKey) { First = firstLogKey }, producer, pending, sink, null, clock, options) { }

    /// <summary>Told of each alarm at once, before the log goes on: a process that dies before its report has said it. It must not throw.</summary>
    public Action<SequencerAlarm>? OnAlarm { get => alarms.OnAlarm; set => alarms.OnAlarm = value; }

    /// <summary>Told of each checkpoint that a run writes, or finds first at the log's head, as soon as it is durable: to be told to others. It must not throw.</summary>
    public Action<Checkpoints.WrittenCheckpoint>? OnCheckpoint { get => finisher.OnCheckpoint; set => finisher.OnCheckpoint = value; }

    /// <summary>
    /// Reads what is new in the log, finishes its head, then batches whatever is unlogged. Throws <see cref="EvidenceStoreException"/> or <see cref="SigningException"/> when store or key fail: nothing is lost, the next run goes on.
    /// </summary>
    public Task<SequencerReport> RunAsync(CancellationToken ct) => RunAsync(close: false, ct);

    /// <summary>The same, and then closes the log: its last batch says <c># close</c>, gets its checkpoint, and nothing after it counts. Doing it again changes nothing.</summary>
    public Task<SequencerReport> CloseAsync(CancellationToken ct) => RunAsync(close: true, ct);

    /// <summary>The service's clock, UTC: what it answers to a create of a name that is taken. Only for a log that something stands in.</summary>
    internal Task<DateTimeOffset> ServiceTimeAsync(CancellationToken ct) => ServiceTimeAsync(store, ct);

    /// <inheritdoc cref="ServiceTimeAsync(CancellationToken)"/>
    internal static async Task<DateTimeOffset> ServiceTimeAsync(IEvidenceStore store, CancellationToken ct) => (await store.TryCreateAsync(BatchName.Of(0), default, BatchName.ContentType, ct)).ServiceTime;

    /// <summary>Hour folders to scan beside this log's own: an attempt that began in the old year's log, or in another account's, may end in this one.</summary>
    internal Func<IEnumerable<string>>? OpenElsewhere { get; set; }

    /// <summary>The log as the last run left it: for who looks at it between two runs. Null before the first.</summary>
    internal LogView? Log => log;

    /// <summary>The newest checkpoint that is known to stand in the container.</summary>
    internal Checkpoints.WrittenCheckpoint? NewestCheckpoint => finisher.Newest;

    /// <summary>Blobs under <c>records/</c> that were found to be no records of this log.</summary>
    internal int Foreign => candidates?.Foreign ?? 0;

    public void Dispose()
    {
        log?.Dispose();
        gate.Dispose();
    }

    private async Task<SequencerReport> RunAsync(bool close, CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            var run = new Run(alarms);
            var authenticity = await producer.AuthenticityAsync(ct);
            var signers = await LogSigners.ReadAsync(logKeys, fresh: false, ct);
            do
            {
                signers = await FollowAsync(run, signers, ct);
                await finisher.FinishAsync(log!, signers, new BatchRecords(store, authenticity, atHand), atHand, alarms.Add, ct);
                atHand = [];
                if (log!.Chain.IsClosed)
                {
                    run.ClosedEarly = !close && await IsClosedEarlyAsync(BatchName.Of(log.Newest!.Number), ct);
                    break;
                }

                await candidates!.GatherAsync(authenticity, alarms.Add, ct);
            }
            while (await ClaimAsync(run, signers, close, ct));
            var unsaid = finisher.Newest == said ? null : finisher.Newest;
            said = finisher.Newest;
            return new SequencerReport(log.Chain.Next, log.Size, run.Claimed, run.Logged, run.Lost, run.Void, candidates!.Foreign, log.Chain.IsClosed) { Alarms = alarms.Take(), Checkpoint = unsaid, IsClosedEarly = run.ClosedEarly };
        }
        catch (EvidenceStoreException)
        {
            // What was read may not be what is there: the next run reads the log from its beginning.
            if (log is { IsInDoubt: true })
                Forget();
            throw;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Reads on; where a key that this process does not have may have signed, asks for the key's versions again before anything is concluded.</summary>
    private async Task<LogSigners> FollowAsync(Run run, LogSigners signers, CancellationToken ct)
    {
        var since = log?.Chain.Next ?? 0;
        var voids = await ReadOnAsync(signers, ct);
        var strange = log!.Newest is null ? log.Head >= 0 : Strangers(since, signers).Any() || signers.Of(log.Chain.Keys[^1]) is null;
        if (strange && !run.HasAskedKeys)
        {
            run.HasAskedKeys = true;
            signers = await LogSigners.ReadAsync(logKeys, fresh: true, ct);
            if (log.Newest is null && !signers.Are(log.Chain.Keys))
            {
                Forget();
                voids = await ReadOnAsync(signers, ct);
            }
        }

        voids.ForEach(run.OnVoid);
        if (log.Newest is not null)
            AlarmOfKeys(since, signers);
        return signers;
    }

    /// <summary>Keys that counted for a batch which the last reading brought, or count now, and are no version of the log key: not the newest alone, since who named one of his own can have it name ours again.</summary>
    private IEnumerable<LogKey> Strangers(long since, LogSigners signers) => log!.Chain.Keys.Where(key => key.Until >= since && !signers.IsVersion(key));

    private void AlarmOfKeys(long since, LogSigners signers)
    {
        var newest = log!.Chain.Keys[^1];
        var former = log.Chain.Keys.SkipLast(1).Select(key => key.Until).DefaultIfEmpty(0).Max();
        foreach (var key in Strangers(since, signers).TakeLast(MostForeignSaid))
        {
            alarms.Add(new SequencerAlarm(SequencerAlarmKind.ForeignKey, store.Origin, key == newest
                ? $"the log goes by the key {key.Id}, which is no version of the log key: its former keys count up to batch {former}"
                : $"the log was given the key {key.Id}, which is no version of the log key and counts from batch {key.From} to {key.Until}"));
        }

        if (signers.IsVersion(newest) && signers.Of(newest) is null)
            alarms.Add(new SequencerAlarm(SequencerAlarmKind.KeyLeftOut, store.Origin, $"the log goes by the key {newest.Id}, a version that this process does not sign with: its former keys count up to batch {former}, then the log stands still. Let Nhi__LogKey name that version, or none"));
    }

    private async Task<List<BatchJudgement>> ReadOnAsync(LogSigners signers, CancellationToken ct)
    {
        List<BatchJudgement> voids = [];
        Open(signers);
        await log!.FollowAsync(voids.Add, ct);
        return voids;
    }

    private void Open(LogSigners signers)
    {
        log ??= new LogView(store, signers.FirstKeys, options.Parallel);
        candidates ??= new Candidates(store, pending, clock, options, log.Logged) { OpenElsewhere = OpenElsewhere };
    }

    private void Forget()
    {
        log?.Dispose();
        (log, candidates) = (null, null);
        finisher.Reset();
    }

    /// <summary>Claims the next number for what waits; false when nothing does.</summary>
    private async Task<bool> ClaimAsync(Run run, LogSigners signers, bool close, CancellationToken ct)
    {
        var entries = candidates!.InOrder(Math.Min(options.BatchEntries, BatchFile.MostEntries));
        var next = NextKey(signers);
        if (entries.Count == 0 && next is null && !close)
            return false;
        // All that waits comes first: what closes the log holds nothing.
        var closes = close && entries.Count == 0;
        var (key, signer) = SignerOf(signers, newestOnly: next is not null);
        var number = log!.Chain.Next;
        var text = new BatchFile(store.Origin, number, log.Size, [.. entries.Select(candidate => candidate.Entry)], next, closes).Text();
        var signature = await signer.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), ct);
        var bytes = BatchFile.Seal(text, key.Id, signature);
        var asked = clock.GetUtcNow();
        var answer = await store.TryCreateAsync(BatchName.Of(number), bytes, BatchName.ContentType, ct);
        CompareClocks(asked, answer.ServiceTime);
        if (answer.Answer == CreateAnswer.Created)
        {
            run.Claimed++;
            run.Logged += entries.Count;
            Keep(entries);
        }
        else if (await log.ReadAsync(number, ct) is null)
        {
            throw new EvidenceStoreException($"The log {store.Origin} refused '{BatchName.Of(number)}', and nothing is there: the sequencer lacks the right to add blobs under log/.");
        }
        else
        {
            run.Lost++;
        }

        return true;
    }

    /// <summary>The log was closed while its year is under way, by this host's clock and by the service's: one alone that is a year behind accuses nobody.</summary>
    private async Task<bool> IsClosedEarlyAsync(string last, CancellationToken ct)
    {
        var asked = clock.GetUtcNow();
        if (!Shards.ShardName.IsUnderWay(store.Origin, asked))
            return false;
        var service = await ServiceTimeAsync(ct);
        CompareClocks(asked, service);
        if (!Shards.ShardName.IsUnderWay(store.Origin, service))
            return false;
        alarms.Add(new SequencerAlarm(SequencerAlarmKind.ClosedEarly, last, $"somebody closed the log {store.Origin} while its year is under way: records are durable and stand in no batch from here on"));
        return true;
    }

    /// <summary>Seals and the turn of the year go by this host's clock. Whatever is written comes into a batch a minute later, so a clock that is wrong while anything happens is noticed here.</summary>
    private void CompareClocks(DateTimeOffset asked, DateTimeOffset service)
    {
        // A process that slept while it waited for the answer has no wrong clock.
        var here = clock.GetUtcNow();
        var apart = asked - service > ClocksDiffer ? asked - service : service - here > ClocksDiffer ? service - here : TimeSpan.Zero;
        if (apart == TimeSpan.Zero)
            return;
        // Each hour, and each time that it is twice as far off: not every minute.
        var minutes = (int)ClocksDiffer.TotalMinutes << (int)Math.Log2(apart / ClocksDiffer);
        alarms.Add(new SequencerAlarm(SequencerAlarmKind.WrongClock, store.Origin, $"in the hour from {service:yyyy-MM-dd'T'HH'Z'} the clock of this host is more than {minutes} minutes {(here > service ? "ahead of" : "behind")} the service's: records are sequenced, but say a wrong time of writing, and seals are late or dated ahead, until it is right"));
    }

    /// <summary>
    /// The version of the log key that the log is to be told of: the newest, where it is no key of the log's yet. A log that has not begun just begins with it; one that goes by a stranger's key cannot be told, and goes on by its former keys.
    /// </summary>
    private string? NextKey(LogSigners signers) =>
        log!.Newest is null || signers.Of(log.Chain.Keys[^1]) is null || log.Chain.Keys.Any(key => key.Spki.Span.SequenceEqual(signers.Newest.Span)) ? null : Convert.ToBase64String(signers.Newest.Span);

    /// <summary>The newest key of the log that this process has; a former one while it counts, but not for naming the next.</summary>
    private (LogKey Key, ISigner Signer) SignerOf(LogSigners signers, bool newestOnly)
    {
        var counting = log!.Chain.Keys.Where(key => key.CountsAt(log.Chain.Next)).Reverse().ToArray();
        foreach (var key in newestOnly ? counting.Take(1) : counting)
        {
            if (signers.Of(key) is { } signer)
                return (key, signer);
        }

        throw new SigningException($"The log {store.Origin} knows the keys {string.Join(", ", counting.Select(key => key.Id))}, and this process signs with none of them: its batches would be void. Let Nhi__LogKey name the log's key.");
    }

    private void Keep(IReadOnlyList<Candidate> entries)
    {
        if (entries.Sum(candidate => (long)candidate.Bytes.Length) <= AtHandBytes)
            atHand = entries.ToDictionary(candidate => candidate.Entry.Path, StringComparer.Ordinal);
    }

    /// <summary>What one run has done.</summary>
    private sealed class Run(AlarmList alarms)
    {
        internal int Claimed { get; set; }
        internal int Logged { get; set; }
        internal int Lost { get; set; }
        internal int Void { get; private set; }
        internal bool HasAskedKeys { get; set; }
        internal bool ClosedEarly { get; set; }

        internal void OnVoid(BatchJudgement judgement)
        {
            var path = BatchName.Of(judgement.Number);
            if (++Void == FloodOf)
                alarms.Add(new SequencerAlarm(SequencerAlarmKind.Flood, path, $"{FloodOf} names of batches are taken by what counts for nothing: somebody with write access may take them faster than they are read, and then the log stands still"));
            else if (Void < FloodOf)
                alarms.Add(new SequencerAlarm(SequencerAlarmKind.VoidBatch, path, $"no batch of this log: {judgement.Why}"));
        }
    }
}
