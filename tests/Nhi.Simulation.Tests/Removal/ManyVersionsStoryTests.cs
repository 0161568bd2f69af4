using Nhi.Evidence.Records;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

public sealed class ManyVersionsStoryTests
{
    /// <summary>An update that no record names reads as a thief's.</summary>
    [Fact]
    public void S45_each_update_of_a_removal_stands_in_its_record_however_many_versions_there_are()
    {
        var (world, id) = Lonely(OverlapClass.Retire);
        var current = world.Vault.CurrentOf(id)!;
        for (var i = 0; i < 300; i++)
            world.Vault.Set(id, current.Value, current.Version.Tags, current.Version.Expires);
        world.Advance(Unused);
        List<string> updated = [];
        world.Vault.Updated = (_, _, after) => updated.Add($"{id}/{after.Version}");
        Ticks(world, TimeSpan.FromHours(12));

        Assert.Equal(["tell ok", "quarantine ok", "revoke ok"], Said(world, id));
        Assert.Equal((602, 301), (updated.Count, updated.Distinct().Count()));
        var deeds = Deed.Of(world.Evidence.All.Where(record => RemovalVerbs.IsOne(record.Action) && record.Stage == RecordStage.Outcome));
        Assert.All(deeds.Where(deed => deed.Verb is RemovalVerbs.Quarantine or RemovalVerbs.Revoke), deed => Assert.Equal(updated.Distinct().Order(StringComparer.Ordinal), deed.Altered.Order(StringComparer.Ordinal)));
    }
}
