using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;

namespace Nhi.Simulation.Tests.Evidence;

/// <summary>What fails again and again for one reason does not fill a container that nobody can empty.</summary>
public sealed class JunkTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>Something asks every five minutes for a month, of a fresh process each day; the provider refuses.</summary>
    private static List<EvidenceRecord> MonthOf(SimWorld world, CredentialId id)
    {
        var end = world.Clock.Now + Month;
        for (var i = 0; world.Clock.Now < end; i++)
        {
            if (i % 288 == 0)
                world.Boot();
            world.Launch(world.Hosts[^1], host => host.Governor.HandleAsync(new Governance.Rotation.GovernRequest(new Governance.Triggers.Trigger { Source = "/vaults/kv1", Id = $"e{i}", Type = "Microsoft.KeyVault.SecretNearExpiry", Credential = id }) { Look = true }, CancellationToken.None));
            world.Advance(TimeSpan.FromMinutes(5));
        }

        return [.. world.Evidence.All.Where(record => record.Credential?.Id == id.ToString())];
    }

    [Fact]
    public void A_rotation_that_is_refused_every_five_minutes_for_a_month_leaves_less_than_four_records_a_day()
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        world.PolicyOf = subject => SimWorld.Short(subject) with { Lifetime = TimeSpan.FromDays(90), RotateBefore = TimeSpan.FromDays(60) };
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        var before = world.Evidence.All.Count();
        world.ProviderRefuses = (what, _) => what == "mint";
        var records = MonthOf(world, id).Skip(before).ToList();

        Assert.All(records, record => Assert.Equal("rotate", record.Verb));
        // Back-off doubles from a minute to a day, less a quarter of jitter at most: eleven tries in the first days, of which the fourth and later ones share an intent, then at most four in three. It lies in the row, so that no restart begins anew.
        Assert.InRange(records.Count, 40, 2 * (4 + 40));
        Assert.InRange(records.Count(record => record.Stage == RecordStage.Intent) - records.Count(record => record.Stage == RecordStage.Outcome), 0, 1);
    }

    [Fact]
    public void A_leftover_of_an_attempt_that_nobody_can_tell_of_is_said_once_to_be_unknown()
    {
        var world = new SimWorld(1) { DeliversEvents = false };
        var id = world.Governed(OverlapClass.Multi);
        world.UntilDue(id);
        world.Once("provider.mint", Fault.CrashAfter);
        world.Begin(id, TimeSpan.FromMinutes(5));
        world.Always("provider.look", Fault.Throttled);
        for (var i = 0; i < 288; i++)
        {
            if (i % 12 == 0)
                world.Boot();
            world.Launch(world.Hosts[^1], host => host.Recovery.RunAsync(world.Clock.Now, CancellationToken.None));
            world.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Single(world.Evidence.All, record => record.Result == "unknown");
        world.NoFaults();
        for (var i = 0; i < 3; i++)
        {
            world.Advance(TimeSpan.FromMinutes(15));
            world.Recover();
        }

        Assert.Empty(world.Evidence.OpenIntents());
    }
}
