using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Evidence.Verifying;

/// <summary>
/// The timer <c>VerifyEvidence</c>: each hour what was logged since the last run, record by record; once a day all names of each log against its batches, both ways. It ends within its time and goes on where it stopped.
/// A log that cannot be read does not stop the others, and the run says so.
/// </summary>
/// <param name="accounts">The accounts, as who may read them.</param>
/// <param name="logKeys">The log key, in all its versions.</param>
/// <param name="producersKeys">The key that certifies producers, in all its versions.</param>
/// <param name="tiles">Where tiles lie, or null.</param>
/// <param name="policy">Says how containers are protected, or null.</param>
/// <param name="pending">The sequencer's work list: what stands in no batch goes there.</param>
/// <param name="places">How far it came.</param>
/// <param name="findings">Tells what was found.</param>
/// <param name="coverage">Says what was covered.</param>
/// <param name="clock">Governance time.</param>
/// <param name="logger">Says what was verified, and what could not be.</param>
public sealed partial class EvidenceVerification(
    IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, ILogKeys producersKeys, ITileStores? tiles, IContainerPolicyState? policy, IPendingRecords pending, Publishing.ICursors places, VerifiedFindings findings,
    CoverageBook coverage, TimeProvider clock, ILogger<EvidenceVerification> logger)
{
    /// <summary>Its period.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private const string Function = "VerifyEvidence";

    /// <summary>Findings of one kind that a run tells, and unlogged records that it puts into pending.</summary>
    private const int MostFindings = 200;

    /// <summary>A log is looked at each hour until its year is over for so long: it is closed by then.</summary>
    private static readonly TimeSpan _closing = ShardRecords.ClosesAfter + TimeSpan.FromDays(1);

    private readonly VerifiedPlaces _places = new(places);

    /// <summary>After so long it reads no further batch, and after twice as long begins no further part of names: both together end well within <c>functionTimeout</c>.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>Names that are compared at a time, in memory.</summary>
    public int NamesInAPart { get; init; } = 1_000_000;

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<EvidenceVerified> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var run = new Run { Now = now, Tick = Trigger.Floor(now, Period), Begun = clock.GetTimestamp() };
        run.Options = await OptionsAsync(run, ct);
        foreach (var account in accounts)
            await IsolatedAsync(run, () => RunAsync(account, run, ct), ct);
        await IsolatedAsync(run, () => AddPendingAsync(run, ct), ct);
        run.Told = await findings.TellAsync(run.Found, run.Protections, Trigger.FromTimer(Function, run.Tick), now, ct);
        // Only behind what is told: a run that could not tell what it found finds it again.
        foreach (var move in run.Moves)
            await move();
        await CoverAsync(run, ct);
        LogVerified(run.Records, run.Names, run.Told);
        return new EvidenceVerified(run.Records, run.Names, run.Told, run.Failures);
    }

    private async Task<VerifyOptions> OptionsAsync(Run run, CancellationToken ct)
    {
        try
        {
            return new VerifyOptions
            {
                LogKeys = await logKeys.FirstKeysAsync(ct), LogKeyVersions = await logKeys.KnownAsync(ct), ProducerKeys = await producersKeys.EndingAsync(ct), Level = VerifyLevel.Delta, At = run.Now, MostFindings = MostFindings,
                Enough = () => clock.GetElapsedTime(run.Begun) > Budget,
            };
        }
        catch (SigningException e)
        {
            throw new ExternalCallException($"The evidence could not be verified: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }

    private async Task RunAsync(IEvidenceContainers account, Run run, CancellationToken ct)
    {
        var stores = (await account.AllAsync(ct)).ToDictionary(store => store.Origin, StringComparer.Ordinal);
        var shards = await LogShards.OfAsync(account, tiles, policy, run.Now, ct);
        await IsolatedAsync(run, () => ReadNewAsync(shards, stores, run, ct), ct);
        for (var i = 0; i < shards.Count; i++)
            await CompareNamesAsync(shards, i, run, ct);
    }

    /// <summary>What came since the last run.</summary>
    private async Task ReadNewAsync(IReadOnlyList<LogShard> shards, Dictionary<string, IEvidenceStore> stores, Run run, CancellationToken ct)
    {
        List<LogShard> open = [];
        var from = new Dictionary<string, VerifiedPlace>(StringComparer.Ordinal);
        foreach (var shard in shards)
        {
            var store = stores[shard.Log.Origin!];
            var place = await _places.ReadAsync(store, run.Options, ct);
            if (place.IsRefused)
                LogRefused(store.Origin);
            run.Sizes[store.Origin] = place.Checkpoint?.Checkpoint.Size ?? 0;
            if (IsOver(store.Origin, run.Now) && place.Checkpoint is { Checkpoint: var last } && await store.ReadAsync(BatchName.Of(last.Batch + 1), 1, ct) is null)
                continue;
            from[store.Origin] = place;
            open.Add(shard);
        }

        if (open.Count == 0)
            return;
        var report = await LogVerifier.VerifyAsync(open, run.Options with { SavedCheckpoints = [.. from.Values.Select(place => place.Checkpoint?.Note).OfType<ReadOnlyMemory<byte>>()] }, null, ct);
        run.Take(report.Findings);
        foreach (var log in report.Logs)
        {
            run.Records += log.RecordsRead;
            run.Sizes[log.Log] = Math.Max(run.Sizes[log.Log], log.Records);
            if (log.Policy is not null)
                run.Protections.Add(log.Log);
            if (log.IsCut)
                run.Failures.Add($"{log.Log} behind batch {log.Head?.Batch}: the next run goes on");
            if (log.Head?.Checkpoint is { } note)
                run.Moves.Add(() => _places.MoveAsync(log.Log, from[log.Log], note, ct));
        }
    }

    private static bool IsOver(string origin, DateTimeOffset now) => ShardName.TryParse(origin) is { Year: < 9999 } shard && now - shard.Begins.AddYears(1) > _closing;

    /// <summary>All names of a log, once a day. Logs that are over take turns, one a day: reading all their batches again costs as much as they are long.</summary>
    private async Task CompareNamesAsync(IReadOnlyList<LogShard> shards, int at, Run run, CancellationToken ct)
    {
        var day = DateOnly.FromDateTime(run.Now.UtcDateTime);
        var over = shards.TakeWhile(shard => IsOver(shard.Log.Origin!, run.Now)).Count();
        if (at < over && day.DayNumber % over != at)
            return;
        await IsolatedAsync(run, async () =>
        {
            var shard = shards[at];
            var origin = shard.Log.Origin!;
            var (cursor, done, of) = await _places.PartsAsync(origin, day, ct);
            of = of > 0 ? of : 1 + (int)(run.Sizes.GetValueOrDefault(origin) / NamesInAPart);
            var begun = done;
            for (; done < of && clock.GetElapsedTime(run.Begun) <= Budget * 2; done++)
            {
                var compared = await NameComparison.CompareAsync(shard, at + 1 < shards.Count ? shards[at + 1] : null, done, of, run.Options, ct);
                run.Take(compared.Findings);
                run.Names += compared.Logged;
            }

            if (done < of)
                run.Failures.Add($"names of {origin}, part {done + 1} of {of}: the next run goes on");
            if (done > begun)
                run.Moves.Add(() => _places.MovePartsAsync(origin, day, done, of, cursor, ct));
        }, ct);
    }

    /// <summary>What stands in no batch, too new to be judged or not: the sequencer looks at it in its next run.</summary>
    private async Task AddPendingAsync(Run run, CancellationToken ct)
    {
        foreach (var finding in run.Found.Where(one => one.Kind is LogFindingKind.RecordUnlogged or LogFindingKind.NotYet && one.Path is not null).DistinctBy(one => one.Path).Take(MostFindings))
            if (RecordPath.TryParse(finding.Path, out var name) && RecordPath.IsListable(finding.Path))
                await pending.AddAsync(name.Op, name.Stage, finding.Path!, ct);
    }

    private async Task IsolatedAsync(Run run, Func<Task> action, CancellationToken ct)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException or ExternalCallException)
        {
            run.Failures.Add(e.Message);
            LogFailed(e);
        }
    }

    private Task CoverAsync(Run run, CancellationToken ct) => coverage.CoverAsync(
        new SweptWindow
        {
            Name = "verify-evidence",
            Function = Function,
            Action = "evidence.verify",
            Source = "evidence-log",
            Tick = run.Tick,
            Until = run.Tick,
            First = Period,
            Observed = run.Records,
            Matched = run.Records,
            Failures = [.. run.Failures.Distinct(StringComparer.Ordinal)],
            Summary = string.Create(CultureInfo.InvariantCulture, $"Verified {run.Records} records that were logged, compared {run.Names} names with what is stored: {run.Told} findings are news{(run.Failures.Count > 0 ? "; PARTIAL" : "")}."),
        },
        ct);

    [LoggerMessage(4213, LogLevel.Information, "Verified {Records} records that were logged, compared {Names} names: {Told} findings are news")]
    private partial void LogVerified(long records, long names, int told);

    [LoggerMessage(4214, LogLevel.Error, "Evidence could not be verified; the others go on")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(4215, LogLevel.Warning, "Where the verification of {Log} had come is not what the container says: somebody wrote the table Cursors. It begins anew")]
    private partial void LogRefused(string log);

    private sealed class Run
    {
        internal required DateTimeOffset Now { get; init; }
        internal required DateTimeOffset Tick { get; init; }
        internal required long Begun { get; init; }
        internal VerifyOptions Options { get; set; } = null!;

        /// <summary>Leaves of each log, as far as it was verified.</summary>
        internal Dictionary<string, long> Sizes { get; } = new(StringComparer.Ordinal);
        internal List<LogFinding> Found { get; } = [];

        /// <summary>How far it came, to be kept once what was found is told.</summary>
        internal List<Func<Task>> Moves { get; } = [];
        internal List<string> Protections { get; } = [];
        internal List<string> Failures { get; } = [];
        internal long Records { get; set; }
        internal long Names { get; set; }
        internal int Told { get; set; }

        internal void Take(IReadOnlyList<LogFinding> findings) => Found.AddRange(findings);
    }
}

/// <summary>What a run did: records read, names compared, findings that were news, and what could not be finished.</summary>
public sealed record EvidenceVerified(long Records, long Names, int Told, IReadOnlyList<string> Failures);
