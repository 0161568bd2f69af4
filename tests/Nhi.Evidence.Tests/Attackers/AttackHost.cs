using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>A host's timer over all logs of both accounts, as the product runs it: sequences, seals, turns the year. It may die at any call, and what it has read dies with it.</summary>
internal sealed class AttackHost : IDisposable
{
    private readonly AttackWorld world;
    private readonly List<ShardKeeper> keepers = [];
    private readonly ILogKeys logKeys;
    private readonly Producer producer;
    private readonly Mortality? life;

    /// <param name="world">Where it runs.</param>
    /// <param name="mortal">Says when it dies; null: it does not.</param>
    internal AttackHost(AttackWorld world, Random? mortal)
    {
        (this.world, logKeys, producer) = (world, world.LogKeys.Known(), world.NewProducer("host"));
        life = mortal is null ? null : new Mortality(mortal, 0.002, 0.002);
        foreach (var account in world.Accounts)
        {
            var containers = account.Containers(store => life is null ? store : new MortalStore(store, life));
            var keeper = new ShardKeeper(containers, containers, store => NewSequencer(account, store), producer, world.Pending, world.Clock, world.Clock, AttackWorld.Options);
            keeper.OpenElsewhere = () => keepers.Where(other => other != keeper).SelectMany(other => other.OpenFolders);
            keepers.Add(keeper);
        }
    }

    internal bool IsDead => life?.IsDead ?? false;

    /// <summary>What kept it from finishing with a log.</summary>
    internal async Task<List<Exception>> RunAsync()
    {
        List<Exception> failures = [];
        foreach (var keeper in keepers)
        {
            try
            {
                foreach (var run in (await keeper.RunAsync(default)).Logs)
                    Take(run, failures);
            }
            catch (Exception e) when (e is CrashException or EvidenceStoreException or SigningException)
            {
                // The product's timer goes on with the other account, too.
                failures.Add(e);
            }
        }

        return failures;
    }

    public void Dispose()
    {
        keepers.ForEach(keeper => keeper.Dispose());
        producer.Dispose();
    }

    private void Take(LogRun run, List<Exception> failures)
    {
        if (run.Reports.LastOrDefault(report => report.Checkpoint is not null)?.Checkpoint is { } checkpoint)
            world.LogOf(run.Origin).Checkpoint = checkpoint.Note;
        if (run.Failure is { } failure)
            failures.Add(failure);
    }

    private Sequencer NewSequencer(AttackAccount account, IEvidenceStore store) =>
        new(store, logKeys, producer, world.Pending, new IndexSink(world.Index), account.Logs.Single(log => log.Origin == store.Origin).Tiles, world.Clock, new SequencerOptions { Parallel = 1, PartialBundleEvery = TimeSpan.Zero, MostWaiting = AttackWorld.MostWaiting })
        {
            OnAlarm = alarm => world.Alarms.Add((store.Origin, alarm)),
        };
}
