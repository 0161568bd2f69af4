namespace Nhi.EndToEnd.Tests.Kills;

// A class each, so that two worlds play side by side.

public sealed class MultiRealKillTests(ITestOutputHelper output) : RealKills(output)
{
    private protected override string Class => "multi";

    private protected override IReadOnlyList<Spread> InCi =>
    [
        // The mint, and a publication that lands when its host wakes.
        new("graph POST addPassword", 1, Blow.Kill, Moment.After),
        new("vault:kv1 PUT secrets one", 1, Blow.Freeze, Moment.Before),
    ];

    private protected override Subject Make(KillWorld world, string name) => new EntraSubject(world.World, name);
}

public sealed class DualSlotRealKillTests(ITestOutputHelper output) : RealKills(output)
{
    private protected override string Class => "dual";

    private protected override IReadOnlyList<Spread> InCi =>
    [
        // A mint that lands when its host wakes, the kill at the provider.
        new("arm POST regenerateKey", 1, Blow.Freeze, Moment.Before),
        new("arm POST regenerateKey", -1, Blow.Kill, Moment.After),
    ];

    private protected override Subject Make(KillWorld world, string name) => new StorageSubject(world.World, name);
}

public sealed class PairRealKillTests(ITestOutputHelper output) : RealKills(output)
{
    private protected override string Class => "pair";

    private protected override bool NeedsPostgres => true;

    private protected override IReadOnlyList<Spread> InCi =>
    [
        // The publication that is heard of late, and the outcome.
        new("vault:kv1 PUT secrets one", 1, Blow.Freeze, Moment.After),
        new("evidence PUT rotate 2-ok", 1, Blow.Kill, Moment.Before),
    ];

    private protected override Subject Make(KillWorld world, string name) => new RoleSubject(world.World, name, isCutover: false);
}

public sealed class CutoverRealKillTests(ITestOutputHelper output) : RealKills(output)
{
    private protected override string Class => "cutover";

    private protected override bool NeedsPostgres => true;

    private protected override IReadOnlyList<Spread> InCi =>
    [
        // The set, by which consumers are locked out until somebody publishes.
        new("sql QUERY", 3, Blow.Kill, Moment.After),
        new("sql QUERY", 3, Blow.Freeze, Moment.Before),
    ];

    private protected override Subject Make(KillWorld world, string name) => new RoleSubject(world.World, name, isCutover: true);
}

public sealed class RetireRealKillTests(ITestOutputHelper output) : RealKills(output)
{
    private protected override string Class => "retire";

    private protected override IReadOnlyList<Spread> InCi =>
    [
        // The row taken, and the outcome that is written late.
        new("state PUT Operations", 1, Blow.Kill, Moment.After),
        new("evidence PUT rotate 2-ok", 1, Blow.Freeze, Moment.Before),
    ];

    private protected override Subject Make(KillWorld world, string name) => new GeneratedSubject(world.World, name);
}
