using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;
using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What who has the log key sign can do with that: alone nothing, with a right to create in <c>log/</c> it can lie, and each lie is named.</summary>
internal static class LogThefts
{
    private const Means Both = Means.SignLog | Means.CreateLog;

    // Only whoever makes a batch in earnest sees to the checkpoint of the one before it.

    internal static IReadOnlyList<Deed> Deeds { get; } =
    [
        new("a checkpoint signed and nowhere to put it", Means.SignLog, async (world, random) =>
        {
            await world.ForgeAsync(new Checkpoint(world.Target.Origin, random.Next(99), TreeHash.Empty, random.Next(9)));
            return Deed.NoEffect;
        }),
        new("a forged checkpoint at the next name", Both, async (world, random) =>
        {
            var number = await world.NextBatchAsync();
            var named = await world.PutAsync(CheckpointName.Of(number), await world.ForgeAsync(new Checkpoint(world.Target.Origin, random.Next(99), TreeHash.Leaf([1]), number)), CheckpointFork);
            // A log that has not begun may begin with a later version of the key, and then nobody who counts there signed it.
            var hasBegun = (await world.ReadAsync(world.Target)).Count > 0;
            if (named.Count > 0 && hasBegun)
                world.Forks.Add((world.Target, number, named[0].Path!));
            // Over junk at the batch's name, or in a log that goes on no more, it vouches for a batch that was there: then that is named.
            return named.Count > 0 ? [new Naming(null, [CheckpointFork, BatchAltered, BatchMissing, .. hasBegun ? (LogFindingKind[])[] : [CheckpointVoid]])] : Deed.NoEffect;
        }, BatchAltered, BatchMissing),
        new("a batch that lists what is not there", Both, (world, random) =>
        {
            var path = RecordPath.Of(Samples.Intent(random.Next(100_000, 900_000), world.Second));
            return world.ListAsync([LeafHash.EntryOf(path, [1, 2, 3])], new Naming(path, RecordMissing));
        }, CheckpointMissing, IntentOpen),
        new("a batch that lists junk", Both | Means.CreateRecords, async (world, random) =>
        {
            var path = $"{RecordPath.HourFolder(world.Now)}listed-{random.Next()}.json";
            byte[] bytes = [.. "{}"u8];
            await world.PutAsync(path, bytes);
            return await world.ListAsync([LeafHash.EntryOf(path, bytes)], new Naming(path, RecordForged, RecordForeign));
        }, CheckpointMissing),
        new("a batch that lists a record with another leaf", Both, async (world, _) =>
            await world.UnloggedAsync() is { } path
                ? await world.ListAsync([LeafHash.EntryOf(path, (await world.BytesAsync(path))!) with { LeafHash = default }], new Naming(path, LeafUntrue))
                : Deed.NoEffect, CheckpointMissing),
        new("a batch that lists a record with another hash", Both, async (world, _) =>
            await world.UnloggedAsync() is { } path
                ? await world.ListAsync([LeafHash.EntryOf(path, [9])], new Naming(path, RecordAltered))
                : Deed.NoEffect, CheckpointMissing, IntentOpen, IntentDiffers, VersionChainBroken, CoverageGap, SealMissing, SealBroken, SealLate),
        // Legal: two sequencers may have met.
        new("a batch that lists a record once more", Both, async (world, _) =>
            await world.SomeRecordAsync() is { } path ? await world.ListAsync([LeafHash.EntryOf(path, (await world.BytesAsync(path))!)]) : Deed.NoEffect, CheckpointMissing),
        new("a batch with a name of the last year that there is", Both, (world, random) =>
        {
            var path = RecordPath.Of(Samples.Intent(random.Next(100_000, 900_000)) with { Time = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero) });
            return world.ListAsync([LeafHash.EntryOf(path, [1, 2, 3])], new Naming(path, RecordMissing));
        }, CheckpointMissing),
        new("the log given another key", Both, async (world, random) =>
        {
            if (world.Target.IsGivenAway || random.Next(2) > 0)
                return Deed.NoEffect;
            using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
            var named = await world.SignBatchAsync(new BatchFile(world.Target.Origin, await world.NextBatchAsync(), await world.SizeAsync(), [], Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())));
            world.Target.IsGivenAway |= named is not null;
            return named is null ? Deed.NoEffect : [new Naming(named, LogKeyForeign)];
        }, CheckpointMissing),
        new("the log closed before its year is over", Both, async (world, random) =>
        {
            if (random.Next(3) > 0)
                return Deed.NoEffect;
            var named = await world.SignBatchAsync(new BatchFile(world.Target.Origin, await world.NextBatchAsync(), await world.SizeAsync(), [], Closes: true));
            // A year that is over would have been closed soon: what comes into its log later is listed by the next one.
            if (named is null || world.Now.Year > world.Target.Shard.Year)
                return Deed.NoEffect;
            world.Target.IsStalled = true;
            return [new Naming(named, ShardBroken)];
        }, RecordUnlogged, SealLate, SealMissing, CheckpointMissing, IntentOpen, IntentMissing, VersionChainBroken, CoverageGap, ShardBroken),
    ];
}
