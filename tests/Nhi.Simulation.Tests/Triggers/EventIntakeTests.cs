using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Triggers;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Triggers;

/// <summary>What comes in by the webhook, genuine or not, and what it leaves behind.</summary>
public sealed class EventIntakeTests
{
    private const string Vault = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1";

    [Fact]
    public void Events_Names_that_no_secret_has_leave_no_row_behind_however_many_come()
    {
        var world = Quiet();
        world.Governed(OverlapClass.Multi);
        var calls = new Dictionary<string, int>();
        world.Hears = call => calls[call.What] = calls.GetValueOrDefault(call.What) + 1;
        for (var post = 0; post < 3; post++)
            Post(world, 0, $"[{string.Join(',', Enumerable.Range(0, 100).Select(number => Event($"no-{post}-{number}")))}]");
        Assert.Empty(world.Tables.Announcements);
        Assert.Equal(["vault.versions"], calls.Keys);
        Post(world, 0, Event("app"));
        Assert.Equal((CredentialId.Of(SimVault.Host, "app"), SecretEvents.NewVersionCreated), Assert.Single(world.Tables.Announcements).Key);
    }

    /// <summary>Events and timers run in instances of their own, which come and go.</summary>
    [Fact]
    public void Events_Refusals_are_recorded_by_another_instance_when_the_one_that_counted_them_is_gone()
    {
        var world = Quiet();
        var writes = 0;
        world.Hears = call => writes += call.What == "cursor.move" ? 1 : 0;
        for (var i = 0; i < 200; i++)
            Post(world, 0, "junk");
        Assert.InRange(writes, 2, 20);
        world.Hosts[0].Wire.Kill();
        Assert.Empty(Told(world));
        Tell(world, 1);
        Assert.Empty(Told(world));
        world.Advance(Hours(1));
        Tell(world, 1);
        Assert.InRange(Count(world), 100, 200);
        Tell(world, 1);
        Assert.Single(Told(world));
    }

    [Fact]
    public void Events_Refusals_of_all_instances_are_one_record_an_hour_and_none_is_lost_while_they_live()
    {
        var world = Quiet();
        for (var i = 0; i < 100; i++)
            Post(world, i % 2, i % 3 == 0 ? "{}" : "junk");
        world.Advance(Hours(1));
        Post(world, 0, "junk");
        Post(world, 1, "junk");
        Tell(world, 1);
        Assert.Equal(100, Count(world));
        world.Advance(Hours(1));
        Tell(world, 0);
        Tell(world, 1);
        Assert.Equal(2, Told(world).Count);
        Assert.Equal(102, Count(world));
    }

    [Fact]
    public void Events_Refusals_are_told_once_although_the_answer_was_lost_and_kept_while_no_table_answers()
    {
        var world = Quiet();
        world.Always("cursor.move", Fault.Throttled);
        for (var i = 0; i < 10; i++)
            Post(world, 0, "junk");
        world.NoFaults();
        world.Advance(Hours(1));
        Post(world, 0, "junk");
        world.Next("cursor.move", Fault.RequestLost);
        Assert.IsType<ExternalCallException>(world.Do(host => host.Rejections.TellAsync(world.Clock.Now, CancellationToken.None), world.Hosts[1]));
        Tell(world, 1);
        Assert.Single(Told(world));
        Assert.Equal(10, Count(world));
    }

    private static void Post(SimWorld world, int host, string body) => Assert.Null(world.Do(one => one.Events.TakeAsync(body, CancellationToken.None), world.Hosts[host]));

    private static void Tell(SimWorld world, int host) => Assert.Null(world.Do(one => one.Rejections.TellAsync(world.Clock.Now, CancellationToken.None), world.Hosts[host]));

    private static List<EvidenceRecord> Told(SimWorld world) => [.. world.Evidence.All.Where(record => record.Action == "event.refuse")];

    private static int Count(SimWorld world) => Told(world).Sum(record => record.Finding!.Count ?? 0);

    private static string Event(string name) => $$"""
        {"id":"00eccf70-95a7-4e7c-8299-2eb17ee9ad64","topic":"{{Vault}}","subject":"{{name}}","eventType":"{{SecretEvents.NewVersionCreated}}","eventTime":"2026-03-02T08:00:00Z","dataVersion":"1","metadataVersion":"1",
         "data":{"Id":"https://{{SimVault.Host}}/secrets/{{name}}/1","VaultName":"kv1","ObjectType":"Secret","ObjectName":"{{name}}","Version":"1"} }
        """;
}
