using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Signals.Rules;
using Nhi.Governance.Sweeps.Use;
using static Nhi.Governance.Tests.Sweeps.Signals.Views;

namespace Nhi.Governance.Tests.Sweeps.Signals;

/// <summary>Each signal about a credential: that it fires, and its nearest innocents.</summary>
public sealed class CredentialSignalTests
{
    [Fact]
    public void Nobody_who_answers_is_a_finding_only_where_everybody_was_asked()
    {
        var signal = new NoOwner();
        signal.IsSo(View() with { Owner = OwnerAnswer.Nobody });
        signal.IsSo(View() with { Owner = new OwnerAnswer(null, [new OwnerCandidate("service", "pipeline", null, OwnerSources.Creator, 30)]) });
        signal.IsNotSo(View());
        signal.IsNotLooked(View() with { Owner = OwnerAnswer.Nobody, OwnersAsked = false });
        signal.IsNotSo(View() with { OwnersAsked = false });
        signal.IsNotLooked(View() with { Owner = null });
    }

    [Fact]
    public void S58_a_name_about_which_the_directory_did_not_answer_is_neither_there_nor_gone()
    {
        var named = View() with { Owner = new OwnerAnswer(new OwnerCandidate("text", "aaaaaaaa-0000-4000-8000-000000000001", null, OwnerSources.Tag, 80), [Person("ada", left: true)]) };
        new NoOwner().IsNotSo(named);
        new OwnerLeft().IsNotSo(named);
        new NoOwner().IsNotLooked(named with { OwnersAsked = false });
        new OwnerLeft().IsNotLooked(named with { OwnersAsked = false });
    }

    [Fact]
    public void S8_an_owner_who_left_is_a_finding_unless_somebody_else_answers()
    {
        var signal = new OwnerLeft();
        var left = Person("ada", left: true);
        signal.IsSo(View() with { Owner = new OwnerAnswer(left, []) });
        signal.IsSo(View() with { Owner = new OwnerAnswer(Person("platform", via: OwnerSources.Policy), [left]) });
        signal.IsSo(View() with { Owner = new OwnerAnswer(left, [new OwnerCandidate("service", "pipeline", null, OwnerSources.Creator, 30)]) });
        signal.IsNotSo(View() with { Owner = new OwnerAnswer(Person("bob", via: OwnerSources.GroupTag), [left]) });
        signal.IsNotSo(View());
        signal.IsNotSo(View() with { Owner = OwnerAnswer.Nobody });
        signal.IsNotLooked(View() with { Owner = new OwnerAnswer(left, []), OwnersAsked = false });
        signal.IsNotLooked(View() with { Owner = null });
    }

    [Fact]
    public void A_resource_is_gone_when_its_provider_says_so_and_not_when_it_could_not_be_asked()
    {
        var signal = new ResourceGone();
        SweptResource there = View().Resource!;
        signal.IsSo(View() with { Resource = there with { Exists = false } });
        signal.IsNotSo(View());
        signal.IsNotLooked(View() with { Resource = there with { Exists = null } });
        signal.IsNotLooked(View() with { Resource = null });
    }

    [Fact]
    public void A_workload_is_gone_when_it_is_deleted_and_not_when_it_is_disabled_or_unknown()
    {
        var signal = new WorkloadGone();
        var tagged = View() with { Workload = "11111111-0000-4000-8000-000000000001" };
        signal.IsSo(tagged with { WorkloadState = PrincipalState.Deleted });
        signal.IsNotSo(tagged with { WorkloadState = PrincipalState.Active });
        signal.IsNotSo(tagged with { WorkloadState = PrincipalState.Disabled });
        signal.IsNotLooked(tagged with { WorkloadState = PrincipalState.Unknown });
        signal.IsNotLooked(tagged);
        signal.IsNotSo(View());
    }

    [Fact]
    public void Never_used_wants_a_log_that_reaches_back_far_enough_and_a_secret_old_enough()
    {
        var signal = new NeverUsed();
        var old = View(Version(61, "v1", "k1")) with { Uses = [] };
        signal.IsSo(old);
        signal.IsSo(old with { UseKnown = new UseWindow(Now.AddDays(-61), Now) });
        signal.IsNotLooked(old with { UseKnown = new UseWindow(Now.AddDays(-59), Now) });
        signal.IsNotLooked(old with { UseKnown = null });
        signal.IsNotSo(old with { Uses = [UseOf(300)] });
        signal.IsNotSo(View(Version(59, "v1", "k1")) with { Uses = [] });
        signal.IsNotSo(View(Version(0, "v1", "k1")) with { Uses = [] });
        signal.IsNotSo(View(Version(61, "v1", "k1", tags: (SignalTags.BreakGlass, "True "))) with { Uses = [] });
        signal.IsSo(View(Version(61, "v1", "k1", tags: (SignalTags.BreakGlass, "no"))) with { Uses = [] });
        // Rotated yesterday: it is the secret that nobody ever read.
        signal.IsSo(View(Version(100, "v1", "k1"), Version(1, "v2", "k2")) with { Uses = [] });
        // The log stopped: what came after it, nobody knows.
        signal.IsNotSo(View(Version(61, "v1", "k1")) with { Uses = [], UseKnown = new UseWindow(Now.AddDays(-365), Now.AddDays(-2)) });
    }

    [Fact]
    public void Not_used_for_long_counts_from_the_last_read_and_only_over_what_is_known()
    {
        var signal = new Unused();
        signal.IsSo(View() with { Uses = [UseOf(200), UseOf(61)] });
        signal.IsNotSo(View() with { Uses = [UseOf(200), UseOf(59)] });
        signal.IsNotSo(View() with { Uses = [] });
        signal.IsNotLooked(View() with { UseKnown = null });
        signal.IsNotSo(View(Version(300, "v1", "k1", tags: (SignalTags.BreakGlass, "true"))) with { Uses = [UseOf(200)] });
        var young = new UseWindow(Now.AddDays(-59), Now);
        signal.IsNotLooked(View() with { Uses = [UseOf(200)], UseKnown = young });
        signal.IsSo(View() with { Uses = [UseOf(200)], UseKnown = young with { From = Now.AddDays(-61) } });
    }

    [Fact]
    public void S17_silences_of_the_log_do_not_count_and_do_not_begin_anew_what_was_heard_before()
    {
        // Known without a hole for a day only; heard for most of the time.
        var quiet = new UseWindow(Now.AddDays(-1), Now) { Heard = [new LogSpan(Now.AddDays(-100), Now.AddDays(-40)), new LogSpan(Now.AddDays(-39), Now.AddDays(-2)), new LogSpan(Now.AddDays(-1), Now)] };
        Assert.Equal(TimeSpan.FromDays(98), quiet.HeardSince(Now.AddDays(-200)));
        Assert.Equal(TimeSpan.FromDays(48), quiet.HeardSince(Now.AddDays(-50)));
        var never = View(Version(70, "v1", "k1")) with { Uses = [], UseKnown = quiet };
        new NeverUsed().IsSo(never);
        new NeverUsed().IsNotLooked(View(Version(61, "v1", "k1")) with { Uses = [], UseKnown = quiet });
        new Unused().IsSo(View() with { Uses = [UseOf(63)], UseKnown = quiet });
        new Unused().IsNotLooked(View() with { Uses = [UseOf(61)], UseKnown = quiet });
    }

    [Fact]
    public void No_end_is_a_finding_about_a_version_that_can_be_read()
    {
        var signal = new NoExpiry();
        signal.IsSo(View(Version(1, "v1", expiresIn: null)));
        signal.IsNotSo(View());
        signal.IsNotSo(View(Version(1, "v1", expiresIn: null, enabled: false)));
        signal.IsNotSo(View(Version(30, "v0", expiresIn: null), Version(1, "v1")));
    }

    [Fact]
    public void S55_a_life_longer_than_policy_is_counted_from_the_creation_or_from_when_we_took_it_over()
    {
        var signal = new LifeTooLong();
        signal.IsSo(View(Version(31, "v1", expiresIn: 60)));
        signal.IsNotSo(View(Version(30, "v1", expiresIn: 60)));
        signal.IsNotSo(View(Version(300, "v1", expiresIn: null)));
        signal.IsNotSo(View(Version(31, "v1", expiresIn: 60, enabled: false)));
        var clamped = new NhiTag { Op = new string('a', 26) }.ToText();
        CredentialVersion Taken(string tag) => Version(400, "v1", expiresIn: 70, tags: (NhiTag.Name, tag)) with { Updated = Now.AddDays(-5) };
        signal.IsNotSo(View(Taken(clamped)));
        signal.IsSo(View(Taken("not ours")));
        signal.IsSo(View(Taken(new NhiTag { Op = new string('a', 26), Rotation = new string('b', 26) }.ToText())));
    }

    [Fact]
    public void An_old_version_is_a_finding_when_its_credential_is_proven_dead_and_it_is_enabled()
    {
        var signal = new OldVersionEnabled();
        signal.IsSo(View(Version(40, "v1", "k1", dead: true), Version(10, "v2", "k2")));
        signal.IsNotSo(View(Version(40, "v1", "k1", dead: true, enabled: false), Version(10, "v2", "k2")));
        // Within its overlap, or long owed: it lives.
        signal.IsNotSo(View(Version(11, "v1", "k1"), Version(10, "v2", "k2")));
        signal.IsNotSo(View(Version(400, "v1", "k1"), Version(300, "v2", "k2")));
        // Marked by another version of the same key.
        signal.IsSo(View(Version(50, "v1", "k1"), Version(40, "v2", "k1", dead: true, enabled: false), Version(10, "v3", "k2")));
        signal.IsNotSo(View(Version(50, "v1", "?"), Version(40, "v2", "?", dead: true, enabled: false), Version(10, "v3", "k2")));
        // Rolled back to: the current version carries it.
        signal.IsNotSo(View(Version(50, "v1", "k1"), Version(40, "v2", "k1", dead: true, enabled: false), Version(10, "v3", "k1")));
        signal.IsNotLooked(Of(Swept(Version(1, "v1")) with { Versions = [] }));
    }

    [Fact]
    public void A_role_that_goes_on_under_its_name_is_dead_only_for_versions_before_the_dead_one()
    {
        var signal = new OldVersionEnabled();
        CredentialView Pair(params CredentialVersion[] versions) => View(versions) with { Overlap = OverlapClass.Pair };
        signal.IsNotSo(Pair(Version(90, "v1", "a", dead: true, enabled: false), Version(60, "v2", "b", dead: true, enabled: false), Version(20, "v3", "a"), Version(5, "v4", "b")));
        signal.IsSo(Pair(Version(90, "v1", "a"), Version(60, "v2", "b", dead: true, enabled: false), Version(20, "v3", "a", dead: true, enabled: false), Version(5, "v4", "b")));
    }

    [Fact]
    public void Unknown_to_any_rule_is_what_only_the_defaults_match()
    {
        new NoPolicy().IsSo(View() with { Policy = Rule with { Rule = "default" } });
        new NoPolicy().IsNotSo(View());
        new NoPolicy().IsNotSo(View() with { Policy = Rule with { Enforced = false } });
    }

    [Fact]
    public void A_value_is_reused_when_the_current_one_was_looked_at_and_others_have_it()
    {
        var signal = new ReusedValue();
        var looked = Of(Swept(Version(10, "v1", "k1")) with { Fingerprint = "f", FingerprintOf = "v1" });
        signal.IsSo(looked with { SameValue = [CredentialId.Of("kv2.vault.azure.net", "app")] });
        signal.IsNotSo(looked);
        signal.IsNotLooked(View());
        signal.IsNotLooked(Of(Swept(Version(20, "v1", "k1"), Version(10, "v2", "k2")) with { Fingerprint = "f", FingerprintOf = "v1" }) with { SameValue = [Id] });
    }

    /// <summary>What its rule only reports was reported by nothing where its provider refuses it, or nobody can try it.</summary>
    [Theory]
    [InlineData(Verification.Accepted)]
    [InlineData(Verification.Refused)]
    [InlineData(Verification.Unknown)]
    public void S32_What_has_expired_is_told_where_its_rule_only_reports_it(Verification verdict)
    {
        var signal = new Expired();
        CredentialView Ended(ExpiredAction action, params CredentialVersion[] versions) =>
            Of(Swept(versions) with { Verified = verdict, VerifiedAt = Now, VerifiedOf = "v1" }) with { Policy = Rule with { OnExpired = action } };
        var expired = Version(90, "v1", "k1", expiresIn: -5);
        signal.IsSo(Ended(ExpiredAction.Report, expired));
        Assert.Contains(SignalRules.Judge(Ended(ExpiredAction.Report, expired)), judged => judged.Signal == SignalNames.Expired && judged.Verdict.IsSo);
        signal.IsNotSo(Ended(ExpiredAction.Rotate, expired));
        signal.IsNotSo(Ended(ExpiredAction.Revoke, expired));
        signal.IsNotSo(Ended(ExpiredAction.Report, Version(9, "v1", "k1")));
        signal.IsNotSo(Ended(ExpiredAction.Report, Version(90, "v1", "k1", enabled: false, expiresIn: -5)));
        signal.IsNotSo(Ended(ExpiredAction.Report, expired, Version(1, "v2", "k2")));
    }

    [Fact]
    public void Expired_and_accepted_is_what_the_provider_took_after_the_end()
    {
        var signal = new ExpiredAccepted();
        SweptCredential Tried(Verification verdict, int daysAgo = 1) =>
            Swept(Version(90, "v1", "k1", expiresIn: -5)) with { Verified = verdict, VerifiedAt = Now.AddDays(-daysAgo), VerifiedOf = "v1" };
        signal.IsSo(Of(Tried(Verification.Accepted)));
        signal.IsNotSo(Of(Tried(Verification.Refused)));
        signal.IsNotLooked(Of(Tried(Verification.Unknown)));
        // Accepted while it was good.
        signal.IsNotLooked(Of(Tried(Verification.Accepted, daysAgo: 6)));
        signal.IsNotSo(View());
        var superseded = Swept(Version(90, "v1", "k1", expiresIn: -5), Version(10, "v2", "k2"));
        signal.IsNotLooked(Of(superseded));
        signal.IsSo(Of(superseded with { Tried = [new TriedVersion("v1", Verification.Accepted, Now)] }));
        signal.IsNotSo(Of(superseded with { Tried = [new TriedVersion("v1", Verification.Refused, Now)] }));
        signal.IsNotSo(View(Version(90, "v1", "k1", dead: true, expiresIn: -5), Version(10, "v2", "k2")));
        signal.IsNotSo(View(Version(90, "v1", "k1", enabled: false, expiresIn: -5), Version(10, "v2", "k2")));
    }

    [Fact]
    public void Published_and_refused_is_about_the_current_version_in_its_life()
    {
        var signal = new PublishedRefused();
        SweptCredential Tried(Verification verdict, string of = "v1", int expiresIn = 5) =>
            Swept(Version(9, "v1", "k1", expiresIn: expiresIn)) with { Verified = verdict, VerifiedAt = Now, VerifiedOf = of };
        signal.IsSo(Of(Tried(Verification.Refused)));
        signal.IsNotSo(Of(Tried(Verification.Accepted)));
        signal.IsNotLooked(Of(Tried(Verification.Unknown)));
        signal.IsNotLooked(Of(Tried(Verification.Refused, of: "v0")));
        signal.IsNotSo(Of(Tried(Verification.Refused, expiresIn: -1)));
        signal.IsNotLooked(View());
    }

    [Fact]
    public void An_attestation_lapses_counted_from_the_last_confirmation_else_from_the_first_sight()
    {
        var signal = new AttestationLapsed();
        var asked = View(Version(100, "v1")) with { Policy = Rule with { AttestEvery = TimeSpan.FromDays(30) } };
        OwnerWord Word(int daysAgo) => new("ada", "bob", Now.AddDays(-daysAgo), "records/x.json");
        signal.IsSo(asked);
        signal.IsSo(asked with { Confirmed = Word(30) });
        signal.IsNotSo(asked with { Confirmed = Word(29) });
        signal.IsNotSo(View(Version(29, "v1")) with { Policy = asked.Policy });
        signal.IsNotSo(View(Version(100, "v1")));
    }

    [Fact]
    public void S11_a_confirmation_is_asked_for_two_weeks_ahead_and_no_longer_once_it_has_lapsed()
    {
        var signal = new AttestationDue();
        var asked = View(Version(100, "v1")) with { Policy = Rule with { AttestEvery = TimeSpan.FromDays(90) } };
        CredentialView Confirmed(int daysAgo) => asked with { Confirmed = new OwnerWord("ada", "bob", Now.AddDays(-daysAgo), "records/x.json") };
        signal.IsNotSo(asked);
        signal.IsNotSo(Confirmed(75));
        signal.IsSo(Confirmed(76));
        signal.IsSo(Confirmed(89));
        signal.IsNotSo(Confirmed(90));
        new AttestationLapsed().IsNotSo(Confirmed(89));
        new AttestationLapsed().IsSo(Confirmed(90));
        signal.IsSo(View(Version(80, "v1")) with { Policy = asked.Policy });
        signal.IsNotSo(View(Version(80, "v1")));
        Assert.Equal("info", signal.Judge(Confirmed(80) with { Swept = asked.Swept with { Environment = "prod" } }).Severity);
        // Who asks each fortnight asks for the second half of it.
        var often = asked with { Policy = Rule with { AttestEvery = TimeSpan.FromDays(14) } };
        signal.IsNotSo(often with { Confirmed = new OwnerWord("ada", "bob", Now.AddDays(-6), "r") });
        signal.IsSo(often with { Confirmed = new OwnerWord("ada", "bob", Now.AddDays(-7), "r") });
    }

    [Fact]
    public void S70_what_waits_for_a_person_is_a_finding_and_not_what_is_put_aside_only_observed_or_of_another_version()
    {
        var signal = new RotationWaits();
        signal.IsSo(Waiting());
        signal.IsNotSo(View() with { WaitsKnown = true });
        signal.IsNotLooked(View());
        signal.IsNotLooked(Waiting() with { Wait = Wait() with { Version = "v0" } });
        signal.IsSo(Waiting() with { Swept = Swept(Version(10, "v1", "k1")) with { Versions = [] } });
        signal.IsNotSo(Waiting() with { Swept = Swept(Version(10, "v1", "k1", enabled: false)) });
        signal.IsNotSo(Waiting() with { Policy = Rule with { Enforced = false } });
        // A marked value is replaced whatever the rule says, and waits all the same.
        signal.IsSo(Waiting() with { Policy = Rule with { Enforced = false }, Swept = Swept(Version(10, "v1", "k1", tags: (NhiTag.MarkName, "records/mark.json"))) });
    }

    [Fact]
    public void S70_what_waits_weighs_more_as_its_end_comes_nearer_and_says_since_when_why_and_what_to_do()
    {
        var signal = new RotationWaits();
        var verdict = signal.Judge(Waiting());
        Assert.Equal(["rotate waits since 2026-05-30T12:00:00Z: slot-not-free. It is taken.", "What it publishes ends 2026-07-31T12:00:00Z."], verdict.Facts);
        Assert.Equal("Free it.", verdict.Remedy);
        Assert.Equal(["warning", "warning", "critical", "critical"], new[] { 60, 14, 3, 0 }.Select(days => signal.Judge(Ending(days)).Severity));
        Assert.Equal([40, 40, 55, 55, 75, 75, 85, 85], new[] { 60, 15, 14, 4, 3, 1, 0, -5 }.Select(days => signal.Judge(Ending(days)).Score));
        Assert.Equal((40, "What it publishes has no end."), signal.Judge(Waiting() with { Wait = Wait() with { Ends = null } }) is var endless ? (endless.Score, endless.Facts[1]) : default);

        static CredentialView Ending(int days) => Waiting() with { Wait = Wait() with { Ends = Now.AddDays(days) } };
    }

    private static CredentialView Waiting() => View() with { Wait = Wait(), WaitsKnown = true };

    private static StandingWait Wait() => new() { Version = "v1", Verb = Verbs.Rotate, Subject = "r", Reason = "slot-not-free", Why = "It is taken.", Remedy = "Free it.", Since = Now.AddDays(-2), Ends = Now.AddDays(60) };

    [Fact]
    public void S71_a_persons_quarantine_asks_when_the_rules_wait_is_over_and_no_timers_does()
    {
        var signal = new QuarantineStands();
        var aside = new RemovalTag { Step = RemovalStep.Quarantined, AtSeconds = Seconds(30), QuarantinedSeconds = Seconds(30), NotBeforeSeconds = Seconds(0), Op = "op1", Person = true };
        signal.IsSo(Aside(aside));
        var verdict = signal.Judge(Aside(aside));
        Assert.Equal(("A person put it aside 2026-05-02T12:00:00Z (nhi trace op1), and no timer goes further.", "warning"), (Assert.Single(verdict.Facts), verdict.Severity));
        Assert.Contains($"nhi restore {Id}", verdict.Remedy, StringComparison.Ordinal);

        signal.IsNotSo(View());
        signal.IsNotSo(Aside(null));
        signal.IsNotSo(Aside(aside with { Person = false }));
        signal.IsNotSo(Aside(aside with { QuarantinedSeconds = Seconds(29) }));
        signal.IsNotSo(Aside(aside with { NotBeforeSeconds = Seconds(-1) }));
        signal.IsNotSo(Aside(aside) with { Policy = Rule with { RevokeAfter = TimeSpan.FromDays(31) } });
        signal.IsNotSo(Aside(aside, enabled: true));
        foreach (var later in (RemovalStep[])[RemovalStep.Revoking, RemovalStep.Revoked, RemovalStep.Removed])
            signal.IsNotSo(Aside(aside with { Step = later }));

        static CredentialView Aside(RemovalTag? tag, bool enabled = false) => View(Version(60, "v1", "k1", enabled: enabled, tags: tag is null ? [] : [(RemovalTag.Name, tag.ToText())]));

        static long Seconds(int daysAgo) => Now.AddDays(-daysAgo).ToUnixTimeSeconds();
    }

    [Fact]
    public void What_is_over_breaks_nothing_any_more()
    {
        var broken = View(Version(400, "v1", "k1", expiresIn: null)) with { Owner = OwnerAnswer.Nobody, Uses = [], Policy = Rule with { Rule = "default" } };
        Assert.Equal(4, SignalRules.FindingsOf(broken, SignalRules.Judge(broken)).Count);
        foreach (var over in new[]
        {
            broken with { Swept = broken.Swept with { Gone = Now } },
            broken with { Swept = broken.Swept with { Newest = broken.Swept.Newest with { Managed = true } } },
            broken with { Swept = Swept(Version(400, "v1", "k1", dead: true, expiresIn: null)) },
        })
            Assert.All(SignalRules.Judge(over), judged => Assert.Same(SignalVerdict.NotSo, judged.Verdict));
    }

    [Fact]
    public void Findings_name_the_credential_its_resource_and_who_is_told()
    {
        var view = View(Version(400, "v1", expiresIn: null)) with { Owner = new OwnerAnswer(Person("ada") with { Name = "ada@contoso.com" }, []) };
        var finding = Assert.Single(SignalRules.FindingsOf(view, SignalRules.Judge(view)));
        Assert.Equal((SignalNames.NoExpiry, Id.ToString(), (CredentialId?)Id, (ResourceId?)App, "ada@contoso.com"), (finding.Signal, finding.Subject, finding.Credential, finding.Resource, finding.Owner));
        Assert.Equal("version v1, made 2025-04-27T12:00:00Z, has no end.", Assert.Single(finding.Facts));
    }

    [Fact]
    public void A_score_is_harm_and_reach_and_life_and_says_how_severe_it_is()
    {
        var view = View();
        Assert.Equal(20 + 10 + 15, SignalScore.Of(20, view).Value);
        Assert.Equal(20 + 10 + 15 + 15, SignalScore.Of(20, view with { Swept = view.Swept with { Environment = "Production" } }).Value);
        Assert.Equal(20 + 15, SignalScore.Of(20, view with { Policy = Rule with { Enforced = false } }).Value);
        Assert.Equal(20 + 10, SignalScore.Of(20, View(Version(1, "v1", enabled: false))).Value);
        Assert.Equal(["info", "warning", "warning", "critical"], new[] { 39, 40, 74, 75 }.Select(value => new SignalScore(value).Severity));
        Assert.Equal(100, SignalScore.Of(1000, view with { Swept = view.Swept with { Environment = "live" } }).Value);
    }
}
