using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Removal.Neglected;

namespace Nhi.Simulation.Tests.Removal;

/// <summary>The step that nothing brings back: what it may do, and what becomes of it where it is refused, stopped or forged.</summary>
public sealed class RevocationStoryTests
{
    private static readonly OperatorRequest Asked = OperatorRequest.Of("nhi test", "ada", "because of INC-7");

    private static RemovalStep? TagOf(SimWorld world, CredentialId id) => RemovalTag.Of(world.Vault.CurrentOf(id)!.Version)?.Step;

    private static bool IsKilled(SimWorld world, CredentialId id) => world.Evidence.All.Any(record => record.Action == "removal.revoke" && record.Credential?.Id == id.ToString() && record.Result == "ok");

    private static (SimWorld World, CredentialId Id) InQuarantine(bool older = false)
    {
        var (world, id) = Lonely();
        if (older)
        {
            world.PersonRotates(id);
            Stories.Scene.Event(world, id);
        }

        Ticks(world, Notice + TimeSpan.FromHours(1.5));
        Assert.Equal(RemovalStep.Quarantined, TagOf(world, id));
        return (world, id);
    }

    /// <summary>The kill was sent and nobody heard what became of it; in truth it never arrived.</summary>
    private static (SimWorld World, CredentialId Id) Begun()
    {
        var (world, id) = InQuarantine();
        world.AdvanceTo(world.Clock.Now + Quarantine);
        world.Next("provider.kill", Fault.RequestLost);
        Assert.Null(world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None)));
        Assert.Equal(RemovalStep.Revoking, TagOf(world, id));
        world.Advance(TimeSpan.FromMinutes(30));
        return (world, id);
    }

    [Fact]
    public void A_kill_that_its_provider_refuses_leaves_a_quarantine_that_a_read_ends()
    {
        var (world, id) = InQuarantine();
        world.ProviderRefuses = (what, _) => what == "kill";
        Ticks(world, Quarantine + TimeSpan.FromHours(1));
        Assert.Equal(["tell ok", "quarantine ok", "revoke BLOCKED"], Said(world, id).Take(3));
        Assert.Equal((RemovalStep.Quarantined, RemovalStep.Quarantined), (TagOf(world, id), StepOf(world, id)));

        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(11));
        world.ProviderRefuses = (_, _) => false;
        Tick(world);
        Assert.Equal("restore ok", Said(world, id)[^1]);
        Assert.True(world.Neglect.IsOpen(id, SignalNames.ReadInQuarantine));
        Assert.All(Enabled(world, id), Assert.True);
        Assert.True(world.Works(id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void A_kill_that_was_refused_is_done_once_it_may_be()
    {
        var (world, id) = InQuarantine();
        world.ProviderRefuses = (what, _) => what == "kill";
        Ticks(world, Quarantine + TimeSpan.FromHours(1));
        world.ProviderRefuses = (_, _) => false;
        Ticks(world, TimeSpan.FromHours(8));
        Assert.Equal(RemovalStep.Removed, StepOf(world, id));
        Assert.False(world.Works(id));
    }

    [Fact]
    public void Where_an_older_value_died_and_the_current_one_is_refused_a_person_has_back_what_lives()
    {
        var (world, id) = InQuarantine(older: true);
        var refused = false;
        world.ProviderRefuses = (what, _) => what == "kill" && refused;
        world.AdvanceTo(world.Clock.Now + Quarantine);
        Tick(world);
        Assert.False(world.Accepts(id, world.Vault.VersionsOf(id)[0]));
        Assert.Equal(RemovalStep.Quarantined, TagOf(world, id));
        refused = true;
        world.Advance(TimeSpan.FromHours(1));
        Tick(world);
        Assert.Equal(["revoke ok", "revoke BLOCKED"], Said(world, id)[^2..]);

        Assert.Null(world.Do(host => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None)));
        Assert.Equal([false, true], Enabled(world, id));
        Assert.True(world.Works(id));
        Assert.Empty(world.Breaches);
    }

    [Fact]
    public void A_kill_whose_answer_was_lost_goes_on_where_nothing_speaks_against_it()
    {
        var (world, id) = Begun();
        Tick(world);
        Assert.Equal("revoke ok", Said(world, id)[^1]);
        Assert.False(world.Works(id));
    }

    /// <summary>The kill landed, its answer did not, and the vault then refuses to bury the version: it stays what it is, and is not given back.</summary>
    [Fact]
    public void What_died_is_not_put_back_because_its_burial_is_refused()
    {
        var (world, id) = InQuarantine();
        world.AdvanceTo(world.Clock.Now + Quarantine);
        world.Next("provider.kill", Fault.AnswerLost);
        Assert.Null(world.Do(host => host.Removals.RunAsync(world.Clock.Now, CancellationToken.None)));
        world.Advance(TimeSpan.FromMinutes(30));
        world.Next("vault.update", Fault.Throttled);
        Tick(world);
        Assert.Equal("revoke RETRY", Said(world, id)[^1]);
        Assert.Equal(RemovalStep.Revoking, TagOf(world, id));
        world.Neglect.Read(id);
        Ticks(world, TimeSpan.FromHours(3));
        Assert.All(Enabled(world, id), Assert.False);
    }

    [Fact]
    public void What_is_read_while_a_kill_is_in_doubt_is_not_killed_any_more_and_alarms()
    {
        var (world, id) = Begun();
        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(11));
        Ticks(world, TimeSpan.FromHours(5));
        Assert.False(IsKilled(world, id));
        Assert.True(world.Works(id));
        Assert.True(world.Neglect.IsOpen(id, SignalNames.ReadInQuarantine));
        Assert.Contains("goes no further", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);

        // A person who looked at it has it back by hand, and it is governed as before.
        world.SetEnabled(id, world.VersionOf(id), true);
        Ticks(world, TimeSpan.FromHours(3));
        Assert.True(world.Works(id));
        Assert.False(IsKilled(world, id));
        Assert.Equal(RemovalStep.None, StepOf(world, id));
    }

    [Fact]
    public void What_its_provider_saw_used_while_a_kill_is_in_doubt_is_not_killed_any_more_and_alarms()
    {
        var (world, id) = Begun();
        var at = world.Clock.Now;
        world.LastUseOf = (_, _) => new LastUse(true, at, "sign-in log");
        Ticks(world, TimeSpan.FromHours(5));
        Assert.False(IsKilled(world, id));
        Assert.True(world.Neglect.IsOpen(id, SignalNames.ReadInQuarantine));
    }

    [Theory]
    [InlineData("observe")]
    [InlineData("removes nothing")]
    [InlineData("the finding is over")]
    [InlineData("kept")]
    public void A_kill_in_doubt_waits_for_the_rule_the_finding_and_whoever_keeps_it(string what)
    {
        var (world, id) = Begun();
        if (what == "observe")
            world.PolicyOf = subject => Policy(subject) with { Enforced = false };
        if (what == "removes nothing")
            world.PolicyOf = subject => Policy(subject) with { RemoveNeglected = false };
        if (what == "the finding is over")
            Resolve(world, id, SignalNames.Unused);
        if (what == "kept")
            Assert.Null(world.Do(host => host.Neglect.KeepAsync(id, world.Second + TimeSpan.FromDays(2), Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(5));
        Assert.False(IsKilled(world, id));
        Assert.True(world.Works(id));
        Assert.NotEmpty(world.Neglect.Removals[id].Waiting!);
    }

    /// <summary>A freeze of two weeks holds the revocation up, and the log of reads dies meanwhile: nobody knows who came in the second week.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_revoked_on_what_was_known_as_it_became_due(bool begun)
    {
        var (world, id) = begun ? Begun() : InQuarantine();
        var died = world.Clock.Now + Quarantine + TimeSpan.FromHours(1);
        var freeze = new Freeze(world.Clock.Now, world.Clock.Now + TimeSpan.FromDays(14), "summer");
        if (!begun)
            world.PolicyOf = subject => Policy(subject) with { Freezes = [freeze] };
        else
            world.Hosts.ToList().ForEach(host => world.Crash(host.Name));
        world.Advance(TimeSpan.FromDays(15));
        world.Neglect.Lag = world.Clock.Now - died;
        Ticks(world, TimeSpan.FromHours(4));
        Assert.False(IsKilled(world, id));
        Assert.Contains("until now", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
        world.Neglect.Lag = TimeSpan.FromHours(2);
        Tick(world);
        Assert.True(IsKilled(world, id));
    }

    [Fact]
    public void A_person_is_told_the_truth_about_a_kill_in_doubt()
    {
        var (world, id) = Begun();
        string? message = null;
        Assert.Null(world.Do(async host => message = (await Assert.ThrowsAsync<OperatorRefusedException>(() => host.Neglect.RestoreAsync(id, Asked, CancellationToken.None))).Message));
        Assert.Contains("not known yet", message, StringComparison.Ordinal);
        Assert.DoesNotContain("is revoked", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RemovalStep.Revoking)]
    [InlineData(RemovalStep.Quarantined)]
    public void A_true_tag_that_another_hand_changed_does_not_shorten_the_quarantine(RemovalStep step)
    {
        var (world, id) = InQuarantine();
        var current = world.Vault.CurrentOf(id)!.Version;
        var tag = RemovalTag.Of(current)! with { Step = step, AtSeconds = 0, NotBeforeSeconds = 0 };
        world.Vault.Update(id, current.Version, new VersionUpdate { Tags = new Dictionary<string, string>(current.Tags) { [RemovalTag.Name] = tag.ToText() } });
        Ticks(world, Quarantine - TimeSpan.FromHours(2));
        Assert.DoesNotContain(world.Evidence.All, record => record.Action == "removal.revoke");
        Assert.True(world.Works(id));
    }

    [Theory]
    [InlineData(RemovalStep.Quarantined)]
    [InlineData(RemovalStep.Revoking)]
    public void R11_a_tag_that_denies_that_a_person_asked_for_the_quarantine_kills_nothing(RemovalStep step)
    {
        var (world, id) = Lonely();
        Assert.Null(world.Do(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)));
        var current = world.Vault.CurrentOf(id)!.Version;
        var tag = RemovalTag.Of(current)! with { Step = step, Person = false };
        world.Vault.Update(id, current.Version, new VersionUpdate { Tags = new Dictionary<string, string>(current.Tags) { [RemovalTag.Name] = tag.ToText() } });
        Ticks(world, Quarantine + TimeSpan.FromHours(3));
        Assert.DoesNotContain(world.Evidence.All, record => record.Action == "removal.revoke" && record.Stage == RecordStage.Intent);
        Assert.True(world.Accepts(id, world.Vault.CurrentOf(id)!));
    }

    /// <summary>The platform tells hours late that it was read between the notice and the quarantine, and what leads has nothing to do with reads.</summary>
    [Theory]
    [InlineData(SignalNames.WorkloadGone)]
    [InlineData(SignalNames.ResourceGone)]
    public void R10_what_was_read_after_its_owner_was_told_comes_back_also_where_the_log_says_so_late(string signal)
    {
        var (world, id) = Lonely();
        Resolve(world, id, SignalNames.Unused);
        Raise(world, id, signal);
        world.Neglect.Lag = TimeSpan.FromHours(2);
        Tick(world);
        world.AdvanceTo(world.Clock.Now + Notice - TimeSpan.FromHours(1));
        world.Neglect.Read(id);
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(RemovalStep.Quarantined, StepOf(world, id));
        Ticks(world, TimeSpan.FromHours(12));
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.All(Enabled(world, id), Assert.True);
        Assert.True(world.Neglect.IsOpen(id, SignalNames.ReadInQuarantine));
        Assert.Empty(world.Breaches);
    }

    /// <summary>A consumer that remembers the value needs no vault, and its provider tells of it late.</summary>
    [Fact]
    public void R10_what_its_provider_saw_used_after_its_owner_was_told_is_not_killed()
    {
        var (world, id) = Lonely();
        Tick(world);
        var at = world.Second + TimeSpan.FromMinutes(5);
        Ticks(world, Notice + TimeSpan.FromHours(1.5));
        Assert.Equal(RemovalStep.Quarantined, TagOf(world, id));
        world.LastUseOf = (_, _) => new LastUse(true, at, "sign-in log");
        Ticks(world, Quarantine + TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "quarantine ok", "restore ok"], Said(world, id));
        Assert.True(world.Works(id));
    }

    /// <summary>Who puts it aside knows what is read until then, and waits for who misses it.</summary>
    [Fact]
    public void R10_what_a_person_puts_aside_is_not_given_back_for_a_read_of_before()
    {
        var (world, id) = Lonely();
        Tick(world);
        world.Neglect.Read(id);
        world.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(world.Do(host => host.Neglect.QuarantineAsync(id, Asked, CancellationToken.None)));
        Ticks(world, TimeSpan.FromHours(2));
        Assert.Equal(["tell ok", "quarantine ok"], Said(world, id));
    }

    /// <summary>Whoever may write tags may not kill: the log knows who was told, and what was put into quarantine when.</summary>
    [Theory]
    [InlineData(RemovalStep.Quarantined, false)]
    [InlineData(RemovalStep.Revoking, false)]
    [InlineData(RemovalStep.Quarantined, true)]
    [InlineData(RemovalStep.Revoking, true)]
    public void A_tag_that_evidence_does_not_vouch_for_kills_nothing(RemovalStep step, bool backdated)
    {
        var (world, id) = backdated ? InQuarantine() : Lonely();
        var current = world.Vault.CurrentOf(id)!.Version;
        var long_ago = (world.Second - TimeSpan.FromHours(11)).ToUnixTimeSeconds();
        var tag = new RemovalTag { Step = step, AtSeconds = long_ago, QuarantinedSeconds = long_ago, NotBeforeSeconds = long_ago, Op = RemovalTag.Of(current)?.Op ?? "01h6njrxc5knntee6dtv6zcm0y" };
        world.Vault.Update(id, current.Version, new VersionUpdate { Enabled = false, Tags = new Dictionary<string, string>(current.Tags) { [RemovalTag.Name] = tag.ToText() } });
        Ticks(world, TimeSpan.FromHours(5));
        Assert.DoesNotContain(world.Evidence.All, record => record.Action == "removal.revoke" && record.Stage == RecordStage.Intent);
        Assert.True(world.Works(id));
        Assert.Contains("Evidence knows nothing", world.Neglect.Removals[id].Waiting, StringComparison.Ordinal);
    }
}
