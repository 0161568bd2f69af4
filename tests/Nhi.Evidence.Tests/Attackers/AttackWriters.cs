using Nhi.Evidence.Records;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Writing;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>
/// 16 honest writers: operations begun and closed, left by who died and closed by whoever comes, at the secondary account where the first is down and it must not wait; sweeps; a host that was frozen over the year's end.
/// </summary>
internal sealed class AttackWriters : IDisposable
{
    private const int Count = 16;
    private readonly AttackWorld world;
    private readonly Random random;
    private readonly HonestWork work;
    private readonly (Producer Producer, EvidenceWriter Writer)?[] writers = new (Producer, EvidenceWriter)?[Count];
    private readonly List<(EvidenceRecord Closing, RecordReference Intent)> dangling = [];
    private readonly Dictionary<string, DateTimeOffset> rotated = new(StringComparer.Ordinal);
    private (EvidenceRecord Intent, EvidenceRecord Closing, bool MustNotWait) next;
    private int strays;

    internal AttackWriters(AttackWorld world, Random random)
    {
        (this.world, this.random, work) = (world, random, new HonestWork(world.Clock));
        Plan(anew: true);
    }

    /// <summary>What really changed at the platform by honest hands: credential and version.</summary>
    internal HashSet<string> Changes { get; } = new(StringComparer.Ordinal);

    /// <summary>Names follow from rows that a thief may have read: this one comes next.</summary>
    internal string NextIntent => RecordPath.Of(next.Intent);

    internal bool HasRotated(string name) => rotated.TryGetValue(name, out var first) && first < world.Second;

    /// <summary>One operation as it was planned, begun and closed; or left behind.</summary>
    internal async Task OperateAsync()
    {
        var (intent, closing, mustNotWait) = next;
        if (await WriteAsync(intent, new WriteRequest(MayFallBack: mustNotWait)) is not { } written)
            return;
        world.Clock.Advance(TimeSpan.FromSeconds(random.Next(1, 40)));
        if (closing is { Change.After.Version: { } version })
        {
            Changes.Add($"{intent.Credential!.Name} {version}");
            rotated.TryAdd(intent.Credential.Name!, intent.Time);
        }

        // Its writer dies with the effect done, or the answer is lost: another one says what became of it.
        if (random.Next(12) == 0 || await WriteAsync(closing with { Intent = written.Reference }, new WriteRequest(MayFallBack: mustNotWait, AtSecondary: written.AtSecondary)) is null)
            dangling.Add((closing, written.Reference));
        Plan(anew: true);
    }

    /// <summary>Whoever holds the row next closes what was left behind: wherever records are taken.</summary>
    internal async Task ReconcileAsync()
    {
        foreach (var left in dangling.ToArray())
        {
            var (closing, intent) = left;
            if (await WriteAsync(closing with { Intent = intent, Stage = RecordStage.Reconciled, Result = "reconciled", Shown = closing.Change?.After is null ? "absent" : "published" }, new WriteRequest(MayFallBack: true)) is not null)
                dangling.Remove(left);
        }
    }

    internal async Task SweepAsync()
    {
        var sweep = work.Sweep();
        if (await WriteAsync(sweep, default) is not null)
            work.Swept(sweep);
    }

    /// <summary>A host that believes that it is still last year.</summary>
    internal async Task StrayAsync()
    {
        if (world.Now < AttackWorld.NewYear || world.Primary.IsDown)
            return;
        var old = world.Primary.Logs[0];
        var writer = new EvidenceWriter(YearlyContainers.Single(old.Store), null, WriterOf(random.Next(Count)).Producer, random.Next(2) == 0 ? world.Pending : null, world.Clock, world.Clock, AttackWorld.Options);
        var record = Samples.Intent(5_000_000 + strays++, world.Second) with { Stage = RecordStage.Outcome, Result = "summary", Deadline = null };
        var written = await writer.WriteAsync(record, default, default);
        old.Honest[written.Reference.Path] = written.Reference.Sha256;
    }

    /// <summary>An instance is replaced by another: with another key, certified by the newest version of the producers' key.</summary>
    internal void Restart()
    {
        var number = random.Next(Count);
        writers[number]?.Producer.Dispose();
        writers[number] = null;
    }

    /// <summary>The next operation: what it will do stays, when it begins is now.</summary>
    internal void Plan(bool anew = false)
    {
        if (anew)
        {
            var free = Enumerable.Range(0, 16).Select(i => $"app-{i:D3}").Where(name => dangling.TrueForAll(left => left.Closing.Credential!.Name != name)).ToArray();
            var (intent, closing) = work.Operation(free[Math.Min(random.Next(4), free.Length - 1)], random.Next(5) == 0 ? "RETRY" : "ok");
            next = (intent, closing, random.Next(3) == 0);
        }

        next = (next.Intent with { Time = world.Second, Deadline = world.Second.AddMinutes(10) }, next.Closing with { Time = world.Second }, next.MustNotWait);
    }

    public void Dispose()
    {
        foreach (var one in writers)
            one?.Producer.Dispose();
    }

    /// <summary>Null where the record was refused since its account is down.</summary>
    private async Task<WrittenRecord?> WriteAsync(EvidenceRecord record, WriteRequest request)
    {
        try
        {
            var written = await WriterOf(random.Next(Count)).Writer.WriteAsync(record, request, default);
            world.LogOf(written.Log).Honest[written.Reference.Path] = written.Reference.Sha256;
            for (var i = random.Next(3) - 1; i >= 0; i--)
                await world.Pending.AddAsync(record.Op, $"{i}", written.Reference.Path, default);
            return written;
        }
        catch (EvidenceWriteRefusedException) when (world.Accounts.Any(account => account.IsDown))
        {
            return null;
        }
    }

    private (Producer Producer, EvidenceWriter Writer) WriterOf(int number)
    {
        if (writers[number] is not { } there)
        {
            var producer = world.NewProducer($"i-{number}");
            there = (producer, new EvidenceWriter(world.Primary.Containers(), world.Secondary.Containers(), producer, random.Next(3) == 0 ? null : world.Pending, world.Clock, world.Clock, AttackWorld.Options));
            writers[number] = there;
        }

        return there;
    }
}
