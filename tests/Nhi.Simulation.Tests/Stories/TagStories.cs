using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>What tags say, and who wrote them: everybody may write the tags of some secret of some vault.</summary>
public sealed class TagStories
{
    private static readonly OverlapClass[] AtProviders = [OverlapClass.Multi, OverlapClass.DualSlot, OverlapClass.Pair, OverlapClass.Cutover];
    private static readonly string?[] Claims = [null, "{}", """{"r":"R","op":"o","handle":"key1:fp"}""", """{"r":"R","op":"o","handle":"role-a"}""", """{"op":"o","handle":"id-000001-000001"}""", """{"op":"o","handle":"?","dead":false}"""];

    public static TheoryData<OverlapClass, string?> EachClaim() => [.. from overlap in AtProviders from claim in Claims select new TheoryDataRow<OverlapClass, string?>(overlap, claim)];

    /// <summary>Somebody sets any value with the tags of another team's resource: it is refused, so it was "repaired" with a credential that works.</summary>
    [Theory]
    [MemberData(nameof(EachClaim))]
    public void H39_A_secret_that_never_worked_is_given_nothing_and_holds_up_nobody(OverlapClass overlap, string? claim)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        var thief = Claim(world, "thief", overlap, "x", claim);
        world.Patience = _ => TimeSpan.FromDays(9);
        world.StartTimers();
        for (var hour = 0; hour < 30; hour++)
        {
            world.Advance(Hours(1));
            world.Event(thief);
            world.AssertAt(world.Versions(thief) == 1, "nothing is published there");
            world.AssertAt(world.Works(id), "what is governed works");
        }

        world.AssertAt(world.Versions(id) > 2, "and is rotated in spite of it");
        world.AssertAt(Enumerable.Range(1, world.Versions(id) - 2).All(version => !world.Lives(id, version)), "and what it superseded is dead");
        world.Advance(Minutes(11));
        Assert.Contains(world.AskNow(thief)!.Waiting, wait => wait is { Signal: "never-worked", Remedy: not null });
        world.AssertNoBreach();
    }

    /// <summary>Somebody's tag puts his working role beside a closed one of another team, whose own rotation would find it open.</summary>
    [Fact]
    public void H60_A_tag_alone_has_no_role_of_another_team_opened()
    {
        var world = Quiet();
        world.PairsAreVouchedFor = false;
        var id = world.Governed(OverlapClass.Pair);
        world.UntilDue(id);

        Assert.Contains(world.AskNow(id)!.Waiting, wait => wait is { Signal: "principal-not-free", Remedy: not null } && wait.Why.Contains("nothing but a tag", StringComparison.Ordinal));
        world.AssertAt(world.Versions(id) == 1 && world.Resources["res-app"].Places["role-b"] is null, "it stays closed");

        // A person answers for it; from then on evidence does.
        world.NameFree("res-app", "role-b");
        world.Advance(Minutes(11));
        world.AskNow(id);
        world.AssertAt(world.Versions(id) == 2 && world.Works(id), "it is rotated");
        world.StartTimers();
        world.Advance(Hours(5));
        world.AssertAt(!world.Lives(id, 1), "and what it superseded is dead");
        world.AssertNoBreach();
    }

    /// <summary>A value that names the role of another team was published beside his own: it is superseded, and nobody closes that role for it.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("""{"r":"R","op":"o","handle":"role-b"}""")]
    public void H60_A_tag_alone_has_no_role_of_another_team_closed(string? claim)
    {
        var world = Quiet();
        world.PairsAreVouchedFor = false;
        var id = world.Governed(OverlapClass.Pair);
        world.Resources["res-app"].Places["role-b"] = "theirs";
        var tags = new Dictionary<string, string>(world.Version(id, 1).Tags);
        tags.Remove(NhiTag.Name);
        if (claim is not null)
            tags[NhiTag.Name] = claim;
        world.Vault.Set(id, new SecretMaterial("role-b|x"), tags, null);
        world.Patience = _ => TimeSpan.FromDays(9);
        world.StartTimers();
        world.Advance(Hours(30));

        world.AssertAt(world.Works(id) && world.Versions(id) > 2, "the refused value was repaired");
        world.AssertAt(world.Resources["res-app"].Places["role-b"] == "theirs", "their role is as it was");
        world.AssertNoBreach();
    }

    /// <summary>The same with the handle of what is owed on its tag: that is still killed when its overlap is over.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi, false)]
    [InlineData(OverlapClass.DualSlot, false)]
    [InlineData(OverlapClass.Pair, false)]
    [InlineData(OverlapClass.Multi, true)]
    [InlineData(OverlapClass.DualSlot, true)]
    [InlineData(OverlapClass.Pair, true)]
    public void H39_A_claim_to_what_is_owed_holds_up_nobody(OverlapClass overlap, bool superseded)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        var thief = Claim(world, "thief", overlap, "x", world.Version(id, 1).Tags[NhiTag.Name]);
        world.Patience = _ => TimeSpan.FromDays(9);
        if (superseded)
        {
            world.Advance(Hours(1));
            world.PersonPublishes(thief, "y");
        }

        world.Advance(Hours(3.2));
        world.Look(thief);
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Version(id, 1).IsDead && world.Works(id), "it is dead");
        world.Clean();
    }

    /// <summary>The same with a value that was stolen: an emergency would hand the thief its successor, and wait for the thief before it killed it.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    public void H39_A_stolen_value_proves_nothing_once_it_is_marked(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        var stolen = world.Value(id);
        world.Compromise(id);
        world.Advance(Minutes(1));
        var thief = Claim(world, "thief", overlap, stolen, null);
        world.Patience = _ => TimeSpan.FromDays(9);
        world.StartTimers();
        world.Advance(Hours(6));
        world.AssertAt(world.Versions(thief) == 1, "the thief gets nothing");
        world.AssertAt(world.Works(id) && world.Value(id) != stolen && !world.Lives(id, 1), "the stolen value is replaced and dead");
        Assert.All(world.Breaches, breach => Assert.EndsWith("breaks what thief publishes", breach, StringComparison.Ordinal));
    }

    /// <summary>Two vaults of two environments publish keys of one account: what one of them moves to is not copied into the other one.</summary>
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H39_No_value_leaves_its_environment(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        var elsewhere = world.Add("elsewhere", overlap, "res-app", SimVault.Elsewhere);
        Assert.Null(world.Event(elsewhere));
        world.Advance(Minutes(11));
        Assert.NotNull(world.Version(elsewhere, 1).Nhi?.Op);
        world.StartTimers();
        world.Advance(Hours(30));
        world.AssertAt(world.Versions(elsewhere) == 1, "nothing comes from the other environment");
        world.AssertAt(world.Works(id) && world.Works(elsewhere), "both work, and a person has to part them");
        world.AssertAt((overlap == OverlapClass.Cutover) == (world.MintsOf("res-app") == 0), "a cutover would lock the other one out");
        world.AssertNoBreach();
    }

    /// <summary>Somebody adds a second secret for a live role and mistypes it: it was repaired by a cutover outside any window, which killed what works.</summary>
    [Theory]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H40_A_mistyped_new_sibling_changes_nothing_at_the_provider(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        var places = new Dictionary<string, string?>(world.Resources["res-app"].Places);
        var twin = Claim(world, "twin", overlap, "role-a|mistyped", null);
        world.Patience = of => TimeSpan.FromDays(9);
        world.StartTimers();
        world.Advance(Hours(4));
        Assert.Equal(places, world.Resources["res-app"].Places);
        world.AssertAt(world.Works(id) && world.Versions(twin) == 1, "what works is left alone");
        world.Clean();
    }

    /// <summary>The same where the sibling worked before: it publishes what works, and nothing is set.</summary>
    [Theory]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H40_A_mistyped_sibling_publishes_what_works_again(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        var twin = world.Governed(overlap, "twin", "res-app");
        world.Consumers.Clear();
        var mints = world.MintsOf("res-app");
        world.Vault.Update(twin, world.Version(twin, 1).Version, new VersionUpdate { Enabled = false, Tags = world.Version(twin, 1).Tags });
        world.Advance(Minutes(3));
        world.PersonPublishes(twin, overlap == OverlapClass.DualSlot ? "mistyped" : "role-a|mistyped");
        world.Look(twin);
        Assert.Equal(mints, world.MintsOf("res-app"));
        world.AssertAt(world.Works(id) && world.Works(twin) && world.Value(twin) == world.Value(id), "it follows the one that works, although its own is later");
        world.AssertNoBreach();
    }

    /// <summary>The same where it may not take over what works: a person is asked, and what works lives.</summary>
    [Theory]
    [InlineData(OverlapClass.Pair)]
    [InlineData(OverlapClass.Cutover)]
    public void H40_A_mistyped_sibling_that_may_not_follow_costs_none_that_works(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        var twin = world.Add("elsewhere", overlap, "res-app", SimVault.Elsewhere);
        world.Look(twin);
        world.Advance(Minutes(3));
        var first = world.Version(twin, 1);
        Assert.NotNull(first.Nhi?.Op);
        world.Vault.Update(twin, first.Version, new VersionUpdate { Enabled = false, Tags = first.Tags });
        world.PersonPublishes(twin, "role-a|mistyped");
        world.Patience = _ => TimeSpan.FromDays(9);
        Assert.Contains(world.Look(twin).Waiting, wait => wait is { Signal: "sibling-works", Remedy: not null });
        Assert.Equal(0, world.MintsOf("res-app"));
        world.AssertAt(world.Works(id) && !world.Works(twin), "what works is left alone");
        world.Clean();
    }

    /// <summary>Nothing works and the policy allows no cutover: a repair is no reason to make one.</summary>
    [Fact]
    public void H40_A_repair_cuts_over_only_where_the_policy_allows_it()
    {
        var world = Quiet();
        world.PolicyOf = subject => SimWorld.Short(subject) with { AllowCutover = false };
        var id = world.Governed(OverlapClass.Cutover);
        world.Advance(Minutes(3));
        world.Resources["res-app"].Places["role-a"] = "by hand, and nobody published it";
        world.Patience = _ => TimeSpan.FromDays(9);
        var report = world.Look(id);
        Assert.Contains(report.Waiting, wait => wait.Signal == "cutover-not-allowed");
        Assert.Equal(0, world.MintsOf("res-app"));
        world.PolicyOf = SimWorld.Short;
        world.Look(id);
        world.AssertAt(world.Works(id), "where it does, it is repaired");
        world.AssertNoBreach();
    }

    /// <summary>A tag on the successor promises an overlap of ages: every look at its secret and at the siblings threw, an emergency's too.</summary>
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(60L * 60 * 24 * 365 * 3000)]
    public void H41_A_tag_that_promises_ages_stops_nothing(long overlap)
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        var successor = world.Version(id, 2);
        world.Vault.Update(id, successor.Version, new VersionUpdate { Tags = new Dictionary<string, string>(successor.Tags) { [NhiTag.Name] = successor.Tags[NhiTag.Name].Replace("\"ov\":10800", $"\"ov\":{overlap}", StringComparison.Ordinal) } });
        Assert.NotEqual(successor.Tags[NhiTag.Name], world.Version(id, 2).Tags[NhiTag.Name]);
        world.Look(id);
        world.AssertAt(world.Version(id, 2).Nhi is { Op: not null, OverlapSeconds: null }, "a tag that promises what no policy can is nobody's");
        world.Advance(Hours(3.2));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Works(id), "the debt is paid when the policy says so");
        world.Compromise(id);
        Assert.Null(world.Event(id));
        world.Advance(Minutes(1));
        Assert.Null(world.Event(id));
        world.AssertAt(!world.Lives(id, 2) && world.Works(id), "and an emergency ends");
        world.AssertNoBreach();
    }

    /// <summary>Whatever text stands in our tag, a look at the secret ends, and what is published lives.</summary>
    [Fact]
    public void H41_No_tag_makes_a_look_throw()
    {
        string[] members = ["\"r\":", "\"op\":", "\"handle\":", "\"prev\":", "\"ov\":", "\"dead\":", "\"rb\":"];
        string[] values = ["null", "\"\"", "\"?\"", "\"-\"", "\"key1:\"", "\"key2:abc\"", "\"key9:abc\"", "\":\"", "\"role-b\"", "\"../..\\u0000\"", "\"id-000001-000001\"", "true", "false", "0", "-1", "9223372036854775807", "315360000", "1e9", "[]", "{}"];
        var random = new Random(41);
        for (var i = 0; i < 240; i++)
        {
            var world = Quiet(i);
            var id = world.Rotated(AtProviders[i % AtProviders.Length]);
            world.Consumers.Clear();
            world.Advance(Minutes(15));
            var text = "{" + string.Join(',', members.Where(_ => random.Next(2) == 0).Select(member => member + values[random.Next(values.Length)])) + "}";
            var version = world.Version(id, 1 + random.Next(2));
            world.Vault.Update(id, version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(version.Tags) { [NhiTag.Name] = text } });
            for (var look = 0; look < 3; look++)
            {
                Assert.True(world.Event(id) is null, text);
                world.Advance(Minutes(11));
                world.Look(id);
                world.Advance(Hours(2));
            }

            Assert.True(world.Breaches.Count == 0 && (world.Works(id) || world.Vault.CurrentOf(id)!.Version.IsDead), $"{text}\n{string.Join('\n', world.Breaches)}");
        }
    }

    /// <summary>A person rotates by a script that keeps the tags: the version counted as ours with the old handle, and its key was owed by nobody for ever.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H42_A_version_that_a_person_published_with_our_tag_is_adopted_and_owed_in_its_turn(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        world.Advance(Hours(4));
        world.Look(id);
        world.PersonRotates(id, keepsTags: true);
        Assert.Null(world.Event(id));
        world.AssertAt(world.Version(id, 3).Nhi!.Op != world.Version(id, 2).Nhi!.Op && world.Version(id, 3).Nhi!.Rotation is null, "it is adopted, although it bears our tag");
        // What it superseded is paid by a sweep: an event kills nothing, and the slot is free from then on.
        world.Advance(Hours(3.2));
        world.Look(id);
        world.Rotate(id);
        world.Advance(Hours(3.2));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 2) && !world.Lives(id, 3) && world.Works(id), "what it held dies when its overlap is over");
        world.Clean();
    }

    /// <summary>The value that was set again is an older one: it was killed as a debt although the current version publishes it.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    [InlineData(OverlapClass.Pair)]
    public void H42_A_value_that_is_published_again_with_our_tag_is_not_killed_as_a_debt(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        world.Advance(Hours(1));
        world.Vault.Set(id, new SecretMaterial(world.Value(id, 1)), world.Version(id, 2).Tags, null);
        for (var hour = 0; hour < 7; hour++)
        {
            world.Advance(Hours(1));
            world.Look(id);
            world.AssertAt(world.Works(id), "what is current lives");
        }

        world.AssertAt(!world.Lives(id, 2), "and what it superseded dies");
        world.Clean();
    }

    /// <summary>A tag that was made up says that the current version holds something else than it does: what it holds is not killed.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    public void H42_What_the_current_version_holds_is_never_killed_whatever_its_tag_says(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        world.Advance(Hours(1));
        var tags = new Dictionary<string, string>(world.Version(id, 2).Tags) { [NhiTag.Name] = new NhiTag { Op = "made up", Handle = world.Version(id, 2).Nhi!.Handle }.ToText() };
        world.Vault.Set(id, new SecretMaterial(world.Value(id, 1)), tags, null);
        for (var hour = 0; hour < 7; hour++)
        {
            world.Advance(Hours(1));
            world.Look(id);
            world.AssertAt(world.Works(id), "what is current lives");
        }

        world.AssertAt(overlap == OverlapClass.Multi || Handle.Place(world.Version(id, 3).Nhi!.Handle!) == "key1", "and a slot is known by its value");
        world.Clean();
    }

    /// <summary>The host dies between its effect and its outcome, and a person publishes with the tags that it left: the closing names the version that the attempt made, and not the person's.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.Pair)]
    public void H42_The_closing_of_an_attempt_names_no_version_that_bears_a_copy_of_its_tag(OverlapClass overlap)
    {
        var world = Quiet();
        var id = world.Governed(overlap);
        world.UntilDue(id);
        world.Next("vault.publish", Fault.CrashAfter);
        world.Begin(id, Minutes(1));
        world.PersonRotates(id, keepsTags: true);
        world.Advance(Minutes(11));
        world.Recover();
        world.Advance(Minutes(3));
        world.Look(id);
        Assert.Equal(world.Version(id, 2).Version, Assert.Single(world.Evidence.All, record => record is { Verb: "rotate", Stage: RecordStage.Reconciled }).Change!.After!.Version);
        world.AssertAt(world.Versions(id) == 3 && world.Works(id), "what the person published is adopted as it is");
        Assert.Empty(world.Breaches);
    }

    /// <summary>Only the first version of a secret that bears a tag is the one that the tag is about; several that were adopted in one attempt are no copies of each other.</summary>
    [Fact]
    public void H42_What_was_adopted_in_one_attempt_is_adopted_once()
    {
        var world = Quiet();
        var id = world.Add("app", OverlapClass.Multi);
        for (var i = 0; i < 3; i++)
        {
            world.Advance(Minutes(1));
            world.PersonPublishes(id, world.Value(id));
        }

        world.Event(id);
        for (var look = 0; look < 3; look++)
        {
            world.Advance(Minutes(11));
            world.Look(id);
        }

        Assert.Single(world.Evidence.All, record => record is { Verb: "govern", Stage: RecordStage.Outcome });
        Assert.All(world.Vault.VersionsOf(id), stored => Assert.NotNull(stored.Version.Nhi?.Handle));
        world.Clean();
    }

    /// <summary>A tag names what its resource cannot have: the kill threw after its intent, with no outcome and the row left open.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi, "not of this kind")]
    [InlineData(OverlapClass.DualSlot, "key9:abc")]
    [InlineData(OverlapClass.DualSlot, "key1")]
    [InlineData(OverlapClass.Pair, "role-c")]
    public void H44_A_handle_that_the_resource_cannot_have_is_not_believed(OverlapClass overlap, string handle)
    {
        var world = Quiet();
        var id = world.Rotated(overlap);
        Retag(world, id, 1, handle);
        world.Advance(Hours(3.2));
        Assert.Null(world.Event(id));
        world.Advance(Minutes(1));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Works(id), "what it holds is known otherwise, and is dead");
        Assert.All(world.Tables.Operations.Values, found => Assert.False(found.Row.Open));
        world.Clean();
    }

    /// <summary>Where nothing else tells what such a version opens, a person is asked.</summary>
    [Fact]
    public void H44_What_nobody_can_tell_otherwise_needs_a_person()
    {
        var world = Quiet();
        var id = world.Rotated(OverlapClass.Multi);
        world.PersonPublishes(id, "put there by mistake");
        Retag(world, id, 3, "not of this kind");
        world.SetEnabled(id, world.Version(id, 3).Version, false);
        world.PersonPublishes(id, world.Value(id, 2));
        world.Look(id);
        Assert.Equal(Handle.Unknown, world.Version(id, 3).Nhi!.Handle);
        Assert.Contains(world.Evidence.All, record => record.Verb == "govern" && record.Summary.Contains("handle unknown", StringComparison.Ordinal));
        world.AssertNoBreach();
    }

    private static void Retag(SimWorld world, CredentialId id, int version, string handle)
    {
        var of = world.Version(id, version);
        world.Vault.Update(id, of.Version, new VersionUpdate { Tags = new Dictionary<string, string>(of.Tags) { [NhiTag.Name] = new NhiTag { Op = "made up", Handle = handle }.ToText() } });
    }

    private static CredentialId Claim(SimWorld world, string name, OverlapClass overlap, string value, string? claim)
    {
        var id = CredentialId.Of(SimVault.Host, name);
        var tags = new Dictionary<string, string> { ["nhi-kind"] = SimRotators.KindOf(overlap), ["nhi-resource"] = "res-app" };
        if (claim is not null)
            tags[NhiTag.Name] = claim;
        world.Vault.Set(id, new SecretMaterial(value), tags, null);
        return id;
    }
}
