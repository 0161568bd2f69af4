using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Tests.Verification;
using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What who can only create blobs does: it takes names. Whoever has those rights can never stop the log, only be named.</summary>
internal static class Squatting
{
    private static readonly byte[] Junk = Encoding.UTF8.GetBytes("{\"junk\": true}");

    internal static IReadOnlyList<Deed> Deeds { get; } =
    [
        new("junk at names of batches", Means.CreateLog, async (world, random) =>
        {
            List<Naming> named = [];
            for (var (number, i) = (await world.NextBatchAsync() + random.Next(2), random.Next(4)); i >= 0; i--, number++)
                named.AddRange(await world.PutAsync(BatchName.Of(number), Junk, BatchVoid, NameSquatted, BatchAltered));
            return named;
        }),
        new("an older batch at the next name", Means.CreateLog, async (world, random) =>
            await world.BytesAsync(BatchName.Of(random.Next(3))) is { } batch ? await world.PutAsync(BatchName.Of(await world.NextBatchAsync()), batch, BatchVoid, NameSquatted, BatchAltered) : Deed.NoEffect),
        new("junk at a name of a checkpoint", Means.CreateLog, async (world, random) =>
            await world.PutAsync(CheckpointName.Of(await world.NextBatchAsync() + random.Next(3)), Junk, CheckpointVoid, NameSquatted)),
        new("an older checkpoint at a later name", Means.CreateLog, async (world, random) =>
            await world.BytesAsync(CheckpointName.Of(random.Next(3))) is { } note ? await world.PutAsync(CheckpointName.Of(await world.NextBatchAsync() + random.Next(2)), note, CheckpointVoid, NameSquatted) : Deed.NoEffect),
        new("junk beside a checkpoint", Means.CreateLog, async (world, random) =>
            await world.PutAsync($"{CheckpointName.Prefix(await world.NextBatchAsync())}~{random.Next():x16}.txt", Junk, CheckpointVoid, NameSquatted)),
        new("a name in log/ that nothing has", Means.CreateLog, (world, random) => world.PutAsync($"log/000000/{random.Next(9)}.txt", Junk, NameSquatted, BlobForeign)),
        new("junk among the records", Means.CreateRecords, (world, random) => world.PutAsync($"{RecordPath.HourFolder(world.Now)}junk-{random.Next()}.json", Junk, RecordForeign)),
        new("a record's name with a line feed", Means.CreateRecords, (world, random) => world.PutAsync($"{RecordPath.HourFolder(world.Now)}a\n{random.Next(99)}.json", Junk, RecordForeign)),
        new("the name of the next intent", Means.CreateRecords, (world, _) => world.PutAsync(world.Writers.NextIntent, Junk, RecordForeign)),
        new("the name of the next outcome", Means.CreateRecords, (world, _) => world.PutAsync(world.Writers.NextIntent.Replace("_1-intent_", "_2-ok_", StringComparison.Ordinal), Junk, RecordForeign)),
        new("the name of the next seal", Means.CreateRecords, (world, random) => world.PutAsync(SealRecord.PathOf(world.Target.Origin, world.Hour.AddHours(1 + random.Next(2))), Junk, RecordForeign)),
        new("the name of what opens the next year", Means.CreateRecords, (world, random) =>
        {
            world.Target = world.Accounts[random.Next(2)].Logs[^1];
            return world.PutAsync(RecordPath.Of(ShardRecords.OfOpen(world.Target.Shard, new ShardFacts(world.Target.Origin))), Junk, RecordForeign);
        }),
        new("a genuine record of another log", Means.CreateRecords, async (world, random) =>
        {
            var to = world.Target;
            world.Target = world.Logs.Where(log => log != to).ElementAt(random.Next(3));
            var (path, from) = (await world.SomeRecordAsync(), world.Target);
            world.Target = to;
            return path is null ? Deed.NoEffect : await world.PutAsync(path, (await from.BytesAsync(path))!, RecordForeign);
        }),
        new("a genuine record under another name", Means.CreateRecords, async (world, _) =>
            await world.SomeRecordAsync() is { } path ? await world.PutAsync(RecordPath.Beside(path), (await world.BytesAsync(path))!, RecordForeign) : Deed.NoEffect),
        new("a record by nobody's producer", Means.CreateRecords, async (world, random) =>
        {
            var (path, bytes) = await TamperBench.ForgedAsync(Samples.Intent(random.Next(100_000, 900_000), world.Second));
            return await world.PutAsync(path, bytes, RecordForeign);
        }),
        new("a blob where nothing of ours lies", Means.CreateBeside, (world, random) => world.PutAsync($"notes-{random.Next(99)}.txt", Junk, BlobForeign)),
        new("a key of its own beside ours", Means.CreateBeside, (world, random) => world.PutAsync($"keys/log-{random.Next(2, 9)}.pub.pem", Junk, BlobAltered)),
        new("a policy that nobody made", Means.CreateBeside, (world, random) => world.PutAsync($"policies/{random.Next():x64}.yaml", Junk, BlobAltered)),
    ];
}
