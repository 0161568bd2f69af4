using Microsoft.Extensions.Logging;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Evidence;

/// <summary>The timer <c>SequenceEvidence</c>: one sequencer per container of each evidence account, kept for the life of the process. Any number of instances may run.</summary>
/// <param name="accounts">The accounts whose containers are sequenced, as the sequencer's identity sees them.</param>
/// <param name="logKeys">Sign batches and checkpoints.</param>
/// <param name="producer">Judges records.</param>
/// <param name="pending">The work list.</param>
/// <param name="index">The index that hangs on the log.</param>
/// <param name="clock">Governance time.</param>
/// <param name="logger">Says what was batched, and which container could not be.</param>
/// <param name="tiles">Where tiles go, or null.</param>
public sealed partial class EvidenceSequencing(
    IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, Producer producer, IPendingRecords pending, IEvidenceIndex index, TimeProvider clock, ILogger<EvidenceSequencing> logger,
    ITileStores? tiles = null) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SequencerTelling _telling = new(clock, logger);
    private readonly Dictionary<string, Sequencer> _sequencers = new(StringComparer.Ordinal);

    /// <summary>Batches what is unlogged in every container and returns how many records that was. A container that fails does not stop the others; the first failure is thrown at the end.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var logged = 0;
            ExternalCallException? failure = null;
            foreach (var account in accounts)
                foreach (var store in await StoresAsync(account, ct))
                {
                    try
                    {
                        var report = await SequencerOf(store).RunAsync(ct);
                        logged += report.Logged;
                        _telling.Tell(store.Origin, report);
                    }
                    catch (Exception e) when (e is EvidenceStoreException or SigningException or EvidenceIndexException or ExternalCallException)
                    {
                        LogFailed(store.Origin, e);
                        _telling.TellFailure(store.Origin);
                        failure ??= new ExternalCallException($"The log {store.Origin} could not be sequenced: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
                    }
                }

            if (logged > 0)
                LogLogged(logged);
            return failure is null ? logged : throw failure;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        foreach (var sequencer in _sequencers.Values)
            sequencer.Dispose();
        _one.Dispose();
    }

    /// <summary>Containers made ahead are empty until their year begins: they cost one read a run.</summary>
    private static async Task<IReadOnlyList<IEvidenceStore>> StoresAsync(IEvidenceContainers account, CancellationToken ct)
    {
        try
        {
            return await account.AllAsync(ct);
        }
        catch (EvidenceStoreException e)
        {
            throw new ExternalCallException($"The evidence containers could not be listed: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }

    private Sequencer SequencerOf(IEvidenceStore store) => _sequencers.TryGetValue(store.Origin, out var known)
        ? known
        : _sequencers[store.Origin] = new Sequencer(store, logKeys, producer, pending, new IndexSink(index), tiles?.Of(store.Origin), clock, new SequencerOptions()) { OnAlarm = alarm => _telling.Tell(store.Origin, alarm) };

    [LoggerMessage(4201, LogLevel.Information, "{Records} records were put into batches")]
    private partial void LogLogged(int records);

    [LoggerMessage(4202, LogLevel.Error, "The log {Log} could not be sequenced; the others go on")]
    private partial void LogFailed(string log, Exception exception);
}
