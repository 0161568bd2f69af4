using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Simulation.Tests.Stories;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>What was removed is deleted where the product has an identity for it, recoverably, and nowhere else.</summary>
public sealed class RemovalDeletionTests
{
    private static readonly string[] Removed = ["tell ok", "quarantine ok", "revoke ok", "remove ok"];

    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Retire)]
    public void The_secret_goes_in_the_run_after_its_removal_ended_once_and_its_intent_comes_first(OverlapClass overlap)
    {
        var (world, id) = Ended(overlap);
        Assert.False(world.Vault.IsDeleted(id));
        world.Advance(TimeSpan.FromHours(1));
        Tick(world);
        Settle(world, id);
        Assert.Equal([.. Removed, "delete ok"], Said(world, id));
        Assert.True(world.Vault.IsDeleted(id));
        Assert.Equal(RemovalStep.Deleted, StepOf(world, id));
        var records = world.Evidence.All.Where(record => record.Action == "removal.delete").OrderBy(record => record.Stage).ToList();
        Assert.Equal([RecordStage.Intent, RecordStage.Outcome], records.Select(record => record.Stage));
        Assert.All(records, record => Assert.Equal(id.ToString(), record.Credential!.Id));
        Assert.Empty(world.Evidence.OpenIntents());

        // Once, whoever ticks, also where somebody brings it back, and the tables were lost meanwhile: it is as dead as it was.
        world.Vault.Recover(id);
        Ticks(world, TimeSpan.FromHours(10));
        Assert.Equal(RemovalStep.Deleted, StepOf(world, id));
        world.Neglect.Removals.Clear();
        Assert.Null(world.Do(host => host.RemovalRebuild.RebuildAsync(id, [.. world.Evidence.All.Where(record => record.Credential?.Id == id.ToString()).Select(record => IndexedRecord.Of(record, record.Path!))], CancellationToken.None)));
        Assert.Equal(RemovalStep.Deleted, StepOf(world, id));
        Ticks(world, TimeSpan.FromHours(3));
        Assert.Equal(5, Said(world, id).Length);
        Assert.All(Enabled(world, id), Assert.False);
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void Without_such_an_identity_nothing_is_ever_deleted()
    {
        var (world, id) = Ended();
        world.Cleans = false;
        Ticks(world, TimeSpan.FromHours(30));
        Assert.Equal(Removed, Said(world, id));
        Assert.False(world.Vault.IsDeleted(id));
    }

    [Theory]
    [InlineData("observes")]
    [InlineData("removes nothing")]
    [InlineData("paused")]
    [InlineData("enabled by hand")]
    [InlineData("another version")]
    public void What_would_have_stopped_the_removal_stops_the_deletion(string what)
    {
        var (world, id) = Ended();
        switch (what)
        {
            case "observes":
                world.PolicyOf = subject => Policy(subject) with { Enforced = false };
                break;
            case "removes nothing":
                world.PolicyOf = subject => Policy(subject) with { RemoveNeglected = false };
                break;
            case "paused":
                world.Pause();
                break;
            case "enabled by hand":
                world.Vault.Update(id, world.Vault.CurrentOf(id)!.Version.Version, new VersionUpdate { Enabled = true, Tags = world.Vault.CurrentOf(id)!.Version.Tags });
                break;
            default:
                world.Vault.Set(id, new SecretMaterial("somebody-made-it-new"), world.Vault.CurrentOf(id)!.Version.Tags, null);
                break;
        }

        Ticks(world, TimeSpan.FromHours(5));
        Assert.DoesNotContain(Said(world, id), said => said.StartsWith("delete", StringComparison.Ordinal));
        Assert.False(world.Vault.IsDeleted(id));
    }

    /// <summary>Somebody made it anew a moment ago: a list that does not show that yet is no reason to delete it.</summary>
    [Fact]
    public void What_somebody_made_anew_is_not_deleted_although_no_list_shows_it_yet()
    {
        var (world, id) = Ended();
        world.Vault.Lag = () => TimeSpan.FromHours(4);
        world.Vault.Set(id, new SecretMaterial("somebody-made-it-new"), world.Vault.CurrentOf(id)!.Version.Tags, null);
        world.Advance(TimeSpan.FromHours(1));
        Tick(world);
        Settle(world, id);
        Ticks(world, TimeSpan.FromHours(5));
        Assert.DoesNotContain(world.Evidence.All, record => record.Action == "removal.delete");
        Assert.False(world.Vault.IsDeleted(id));
    }

    /// <summary>However an attempt ends, its intent is closed with what the vault shows, and the secret goes at last, or is gone.</summary>
    [Theory]
    [InlineData("RequestLost")]
    [InlineData("AnswerLost")]
    [InlineData("Late")]
    [InlineData("Throttled")]
    [InlineData("CrashBefore")]
    [InlineData("CrashAfter")]
    public void An_attempt_that_breaks_off_is_closed_and_ends_where_an_undisturbed_one_ends(string fault)
    {
        var (world, id) = Ended();
        world.Advance(TimeSpan.FromHours(1));
        // The row of its own is there from the second look on.
        Tick(world);
        if (!world.Vault.IsDeleted(id))
            world.Advance(TimeSpan.FromMinutes(20));
        else
            world.Vault.Recover(id);
        Assert.NotNull(world.Vault.CurrentOf(id));
        world.Neglect.Removals[id] = world.Neglect.Removals[id] with { Step = RemovalStep.Removed };
        world.Next("vault.delete", Enum.Parse<Fault>(fault));
        world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None), world.AnyHost()!);
        world.Advance(TimeSpan.FromMinutes(30));
        world.Recover();
        for (var hour = 0; hour < 30 && StepOf(world, id) != RemovalStep.Deleted; hour++)
        {
            world.Advance(TimeSpan.FromHours(1));
            world.Recover();
            Assert.Null(world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None), world.AnyHost()!));
        }

        Assert.Equal(RemovalStep.Deleted, StepOf(world, id));
        Assert.True(world.Vault.IsDeleted(id));
        Assert.Empty(world.Evidence.OpenIntents());
        Assert.Empty(world.Breaches);
    }

    /// <summary>A world whose product may delete, and a secret whose removal has ended in it.</summary>
    private static (SimWorld World, CredentialId Id) Ended(OverlapClass overlap = OverlapClass.Multi)
    {
        var (world, id) = Lonely(overlap);
        for (var hour = 0; hour < 30 && StepOf(world, id) != RemovalStep.Removed; hour++)
        {
            Tick(world);
            world.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(Removed, Said(world, id));
        world.Cleans = true;
        return (world, id);
    }

    /// <summary>A row that is made anew counts as held for one lease.</summary>
    private static void Settle(SimWorld world, CredentialId id)
    {
        if (world.Vault.IsDeleted(id))
            return;
        world.Advance(TimeSpan.FromHours(1));
        Tick(world);
    }
}
