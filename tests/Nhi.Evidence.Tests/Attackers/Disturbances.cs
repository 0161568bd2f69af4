using static Nhi.Evidence.Verification.Findings.LogFindingKind;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What touches nothing that counts: tables, tiles, settings, and keeping others from their work.</summary>
internal static class Disturbances
{
    internal static IReadOnlyList<Deed> Deeds { get; } =
    [
        new("the work list wiped", Means.Derived, async (world, _) =>
        {
            foreach (var row in await world.Pending.ListAsync(default).ToListAsync())
                await world.Pending.RemoveAsync(row, default);
            return Deed.NoEffect;
        }),
        new("the work list filled with nonsense", Means.Derived, async (world, random) =>
        {
            foreach (var path in (string[])["records/2026/11/24/13/nothing.json", "../../etc/passwd", "log/000000/000000000.batch.txt", await world.SomeRecordAsync() ?? "x", new string('x', 2_000)])
                await world.Pending.AddAsync(Samples.Op(random.Next()), "2-ok", path, default);
            return Deed.NoEffect;
        }),
        new("the work list filled with more than can wait", Means.Derived, async (world, random) =>
        {
            for (var i = 0; i < AttackWorld.MostWaiting * 2; i++)
                await world.Pending.AddAsync(Samples.Op(random.Next()), "2-ok", $"records/2026/01/01/00/{random.Next()}.json", default);
            return Deed.NoEffect;
        }),
        new("the index emptied", Means.Derived, (world, _) =>
        {
            world.Index.Drop();
            return Task.FromResult(Deed.NoEffect);
        }),
        new("a row of the index altered", Means.Derived, async (world, random) =>
        {
            var rows = await LogReader.RowsAsync(world.Index);
            if (rows.Count == 0)
                return Deed.NoEffect;
            await world.Index.UpsertAsync([rows[random.Next(rows.Count)] with { Summary = "Nothing happened." }], default);
            return Deed.NoEffect;
        }),
        new("a row of the index invented", Means.Derived, async (world, random) =>
        {
            if (await LogReader.RowsAsync(world.Index) is not [var row, ..])
                return Deed.NoEffect;
            await world.Index.UpsertAsync([row with { RowKey = $"{row.RowKey}x{random.Next()}" }], default);
            return Deed.NoEffect;
        }),
        new("tiles dropped or cut", Means.Derived, async (world, _) =>
        {
            await world.LoseTilesAsync(world.Target.Tiles);
            return Deed.NoEffect;
        }, TileMissing, TileAltered),
        new("account keys switched on", Means.ControlPlane, (world, _) =>
        {
            world.Policy = world.Policy with { SharedKeyAllowed = true };
            return Task.FromResult<IReadOnlyList<Naming>>([new Naming(null, SharedKeyAllowed)]);
        }),
        new("the log key disabled for a while", Means.DisableKey, async (world, random) =>
        {
            await world.WithoutKeyAsync(random.Next(1, 4));
            return Deed.NoEffect;
        }),
        new("all sequencers stopped for an hour and more", Means.StopSequencers, async (world, _) =>
        {
            await world.WithoutSequencersAsync();
            return Deed.NoEffect;
        }),
    ];
}
