using Microsoft.Extensions.Logging;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Evidence;

/// <summary>The timer <c>SequenceEvidence</c>: keeps the logs of each evidence account, sequencing, seals and the turn of the year. What it has read it remembers for the life of the process. Any number of instances may run.</summary>
/// <param name="accounts">The accounts.</param>
/// <param name="logKeys">Sign batches and checkpoints.</param>
/// <param name="producer">Signs and judges records.</param>
/// <param name="pending">The work list.</param>
/// <param name="index">The index that hangs on the log.</param>
/// <param name="clock">Governance time.</param>
/// <param name="logger">Says what was batched, and which container could not be.</param>
/// <param name="tiles">Where tiles go, or null.</param>
/// <param name="policies">The policy, whose text goes once a shard into evidence; null where there is none.</param>
public sealed partial class EvidenceSequencing(
    IReadOnlyList<LogAccount> accounts, ILogKeys logKeys, Producer producer, IPendingRecords pending, IEvidenceIndex index, TimeProvider clock, ILogger<EvidenceSequencing> logger,
    ITileStores? tiles = null, IPolicySource? policies = null) : IDisposable
{
    /// <summary>A seal that is not durable by then is written by the next run: the batches of a minute do not wait for it.</summary>
    private static readonly WriterOptions Briefly = new() { GiveUpOutcome = TimeSpan.FromSeconds(20) };

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SequencerTelling _telling = new(clock, logger);
    private readonly Dictionary<LogAccount, ShardKeeper> _keepers = [];
    private readonly HashSet<(string Log, string Policy)> _kept = [];
    private DateTimeOffset _warned;

    /// <summary>Batches what is unlogged in every log and returns how many records that was. A log that fails does not stop the others; the first failure is thrown at the end.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var logged = 0;
            ExternalCallException? failure = null;
            foreach (var account in accounts)
                foreach (var run in await RunAsync(account, ct))
                {
                    _telling.Tell(run);
                    logged += run.Reports.Sum(report => report.Logged);
                    if (run.Failure is { } e)
                    {
                        LogFailed(run.Origin, e);
                        failure ??= new ExternalCallException($"The log {run.Origin} could not be kept: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
                    }
                }

            await KeepPolicyAsync(ct);
            if (logged > 0)
                LogLogged(logged);
            return failure is null ? logged : throw failure;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>How the containers of each account stand to the year. Throws <see cref="EvidenceStoreException"/>.</summary>
    public async Task<IReadOnlyList<ShardOutlook>> OutlookAsync(CancellationToken ct)
    {
        List<ShardOutlook> outlook = [];
        foreach (var account in accounts)
            outlook.Add(await ShardOutlook.OfAsync(account.Records, clock.GetUtcNow(), ct));
        return outlook;
    }

    public void Dispose()
    {
        foreach (var keeper in _keepers.Values)
            keeper.Dispose();
        _one.Dispose();
    }

    private async Task<IReadOnlyList<LogRun>> RunAsync(LogAccount account, CancellationToken ct)
    {
        if (!_keepers.TryGetValue(account, out var keeper))
        {
            _keepers[account] = keeper = new ShardKeeper(account.Log, account.Records, NewSequencer, producer, pending, clock, TimeProvider.System, Briefly);
            keeper.OpenElsewhere = () => _keepers.Where(pair => pair.Key != account).SelectMany(pair => pair.Value.OpenFolders);
        }

        var name = $"(account {accounts.ToList().IndexOf(account) + 1})";
        try
        {
            var report = await keeper.RunAsync(ct);
            _telling.TellFinished(name);
            foreach (var alarm in report.Alarms)
                _telling.Tell("of a year to come", alarm);
            var now = clock.GetUtcNow();
            if (report.Outlook.Warning(now) is { } warning && now - _warned >= TimeSpan.FromHours(1))
            {
                LogOutlook(warning);
                _warned = now;
            }

            return report.Logs;
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException)
        {
            return [new LogRun(name, [], e)];
        }
    }

    /// <summary>Decisions name their policy by its hash: its text lies in the log that they are written to. What fails is done a minute later.</summary>
    private async Task KeepPolicyAsync(CancellationToken ct)
    {
        if (policies is null)
            return;
        try
        {
            var policy = await policies.CurrentAsync(ct);
            foreach (var account in accounts)
            {
                var store = await account.Records.CurrentAsync(clock.GetUtcNow(), ct);
                if (_kept.Contains((store.Origin, policy.Sha256)))
                    continue;
                await ShardPreparation.KeepPolicyAsync(store, policy.Text, ct);
                _kept.Add((store.Origin, policy.Sha256));
            }
        }
        catch (Exception e) when (e is EvidenceStoreException or PolicyException or ExternalCallException)
        {
            LogPolicyNotKept(e);
        }
    }

    private Sequencer NewSequencer(IEvidenceStore store) => new(store, logKeys, producer, pending, new IndexSink(index), tiles?.Of(store.Origin), clock, new SequencerOptions())
    {
        OnAlarm = alarm => _telling.Tell(store.Origin, alarm),
        OnCheckpoint = _telling.Tell,
    };

    [LoggerMessage(4201, LogLevel.Information, "{Records} records were put into batches")]
    private partial void LogLogged(int records);

    [LoggerMessage(4202, LogLevel.Error, "The log {Log} could not be kept; the others go on")]
    private partial void LogFailed(string log, Exception exception);

    [LoggerMessage(4208, LogLevel.Warning, "The policy's text could not be put into evidence; the next run tries again")]
    private partial void LogPolicyNotKept(Exception exception);

    [LoggerMessage(4207, LogLevel.Warning, "{Warning}")]
    private partial void LogOutlook(string warning);
}
