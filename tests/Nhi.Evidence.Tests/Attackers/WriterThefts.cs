using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Tree;
using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What who holds a certified producer's key can do: it lies from now on, and stays silent. What the log cannot contradict, the platform's own log does.</summary>
internal static class WriterThefts
{
    private const Means Both = Means.SignRecords | Means.CreateRecords;

    internal static IReadOnlyList<Deed> Deeds { get; } =
    [
        new("a change at the platform without a word", Means.Platform, (world, random) =>
        {
            world.Ungoverned.Add($"app-{random.Next(4):D3} by-a-thief-{random.Next()}");
            return Task.FromResult(Deed.NoEffect);
        }),
        new("a rotation that never was", Both, async (world, random) =>
        {
            var intent = Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}");
            var reference = await world.WriteAsThiefAsync(intent);
            var version = $"never-made-{random.Next()}";
            await world.WriteAsThiefAsync(Samples.Outcome(intent, "ok", reference) with { Change = new ChangeFacts(null, new VersionFacts(version)) });
            world.Lies.Add($"{intent.Credential!.Name} {version}");
            return Deed.NoEffect;
        }),
        new("a seal of the hours to come", Both, async (world, random) =>
        {
            var seal = SealRecord.Of(world.Target.Origin, world.Hour.AddHours(1 + random.Next(3)), new SealFacts(world.Hour, world.Hour.AddHours(1), 0, -1, new Dictionary<string, long> { ["rotate_2-ok"] = 99 }, 0));
            world.Target.IsSealedAhead = true;
            return [new Naming((await world.WriteAsThiefAsync(seal)).Path, SealDatedAhead, SealBroken)];
        }, SealMissing, SealBroken, SealMiscounts, SealLate),
        new("a seal of all time to come", Both, async (world, _) =>
        {
            var seal = SealRecord.Of(world.Target.Origin, world.Hour, new SealFacts(world.Hour.AddHours(-1), new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero), 0, -1, new Dictionary<string, long>(), 0));
            return [new Naming((await world.WriteAsThiefAsync(seal)).Path, SealBroken)];
        }, SealMissing, SealBroken, SealMiscounts),
        new("a sweep of all time to come", Both, async (world, random) =>
        {
            var reference = await world.WriteAsThiefAsync(new EvidenceRecord
            {
                Op = Samples.Op(random.Next(100_000, 900_000)), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = world.Second, Summary = "Swept.",
                Coverage = new CoverageFacts("key-vault-list", world.Now.AddHours(-3), new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero), 1, 1),
            });
            return [new Naming(reference.Path, CoverageGap)];
        }),
        new("an intent of the last years that there are", Both, async (world, random) =>
        {
            var reference = await world.WriteAsThiefAsync(Samples.Intent(random.Next(100_000, 900_000), new DateTimeOffset(9998, 1, 1, 0, 0, 0, TimeSpan.Zero), $"thief-{random.Next()}") with { Deadline = null });
            return [new Naming(reference.Path, CreationSkewed, RecordUnlogged)];
        }, IntentOpen),
        new("an outcome of what was never promised", Both, async (world, random) =>
        {
            var intent = Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}");
            var reference = await world.WriteAsThiefAsync(Samples.Outcome(intent, "FAILED", new RecordReference(RecordPath.Of(intent), new string('0', 64))) with { Change = null });
            return [new Naming(reference.Path, IntentMissing)];
        }),
        new("an intent that nothing closes", Both, async (world, random) =>
        {
            var reference = await world.WriteAsThiefAsync(Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}"));
            return [new Naming(reference.Path, IntentOpen)];
        }),
        // Nothing is hidden by it: it is overdue after a day whatever it says, and no instant breaks who reads it.
        new("an intent with the last deadline that there is", Both, async (world, random) =>
        {
            await world.WriteAsThiefAsync(Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}") with { Deadline = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero) });
            return Deed.NoEffect;
        }, IntentOpen),
        new("a record that says that it was written an hour ago", Both, async (world, random) =>
        {
            var reference = await world.WriteAsThiefAsync(Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}") with { Stage = RecordStage.Outcome, Result = "FINDING", Deadline = null }, TimeSpan.FromHours(-1));
            return [new Naming(reference.Path, CreationSkewed)];
        }),
        new("a version out of nowhere", Both, async (world, random) =>
        {
            var version = $"out-of-nowhere-{random.Next()}";
            var intent = Samples.Intent(random.Next(100_000, 900_000), world.Second, "app-000");
            var reference = await world.WriteAsThiefAsync(intent);
            var outcome = await world.WriteAsThiefAsync(Samples.Outcome(intent, "ok", reference) with { Change = new ChangeFacts(new VersionFacts($"stranger-{random.Next()}"), new VersionFacts(version)) });
            world.Lies.Add($"app-000 {version}");
            return world.Writers.HasRotated("app-000") ? [new Naming(outcome.Path, VersionChainBroken)] : Deed.NoEffect;
        }, VersionChainBroken),
        new("a sweep that ends before it begins", Both, async (world, random) =>
        {
            var reference = await world.WriteAsThiefAsync(new EvidenceRecord
            {
                Op = Samples.Op(random.Next(100_000, 900_000)), Stage = RecordStage.Outcome, Action = "estate.sweep", Result = "summary", Time = world.Second, Summary = "Swept.",
                Coverage = new CoverageFacts("key-vault-list", world.Now, world.Now.AddHours(-3), 1, 1),
            });
            return [new Naming(reference.Path, CoverageGap)];
        }),
        // Its name is known before; whoever opens the year finds it done.
        new("a false word of what the next year goes on from", Both, async (world, random) =>
        {
            world.Target = world.Accounts[random.Next(2)].Logs[^1];
            var before = world.Accounts.Single(account => account.Logs.Contains(world.Target)).Logs[^2];
            var record = ShardRecords.OfOpen(world.Target.Shard, new ShardFacts(before.Origin, new CheckpointFacts(7, 77, TreeHash.Leaf([7]).ToBase64())));
            TimeSpan[] shifts = [TimeSpan.Zero, TimeSpan.FromDays(-10), TimeSpan.FromDays(400), new DateTimeOffset(9999, 12, 31, 23, 0, 0, TimeSpan.Zero) - world.Now];
            var reference = await world.WriteAsThiefAsync(record, shifts[random.Next(shifts.Length)]);
            return [new Naming(reference.Path, ShardBroken)];
        }, ShardBroken, CreationSkewed, RecordUnlogged),
        new("a record put into a log that is over", Both, async (world, random) =>
        {
            world.Target = world.Accounts[random.Next(2)].Logs[0];
            if (world.Now > AttackWorld.NewYear)
                await world.WriteAsThiefAsync(Samples.Intent(random.Next(100_000, 900_000), world.Second, $"thief-{random.Next()}") with { Stage = RecordStage.Outcome, Result = "summary", Deadline = null });
            return Deed.NoEffect;
        }),
    ];
}
