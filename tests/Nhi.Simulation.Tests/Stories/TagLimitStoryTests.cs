using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;
using Nhi.Simulation.Tests.World;
using static Nhi.Simulation.Tests.Stories.Scene;

namespace Nhi.Simulation.Tests.Stories;

/// <summary>Versions that people filled with tags: Key Vault keeps fifteen, and ours is one of them.</summary>
public sealed class TagLimitStoryTests
{
    /// <summary>What was killed could not be marked as dead, and was revoked again every day.</summary>
    [Theory]
    [InlineData(OverlapClass.Multi)]
    [InlineData(OverlapClass.DualSlot)]
    public void H53_What_is_killed_is_marked_as_dead_although_people_filled_it_with_tags(OverlapClass overlap)
    {
        var world = Full(overlap, out var id);
        world.PersonRotates(id);
        world.Vault.Update(id, world.Version(id, 2).Version, new VersionUpdate { Tags = world.Version(id, 2).Tags.Where(tag => tag.Key != "t01").ToDictionary() });
        world.Look(id);
        world.Advance(Hours(4));
        world.Look(id);
        world.AssertAt(!world.Lives(id, 1) && world.Version(id, 1) is { IsDead: true, Enabled: false }, "it is dead, and said to be");
        Assert.Equal(15, world.Version(id, 1).Tags.Count);
        Assert.All((string[])["nhi-kind", "nhi-resource", "t01"], name => Assert.Contains(name, world.Version(id, 1).Tags.Keys));
        var outcome = Assert.Single(world.Evidence.All, record => record.Action == Verbs.Action(Verbs.Revoke) && record.Stage == RecordStage.Outcome);
        Assert.Contains("gave way", outcome.Summary, StringComparison.Ordinal);
        world.Advance(Hours(2));
        world.Look(id);
        Assert.Single(world.Evidence.All, record => record.Action == Verbs.Action(Verbs.Revoke) && record.Stage == RecordStage.Intent);
        Assert.Empty(world.Evidence.OpenIntents());
    }

    [Fact]
    public void H53_What_finds_no_room_for_our_tag_is_not_adopted_and_a_person_is_told()
    {
        var world = Full(OverlapClass.Multi, out var id);
        var wait = Assert.Single(world.Look(id).Waiting, wait => wait.Verb == Verbs.Govern);
        Assert.Equal(("tag-limit", "Remove a tag."), (wait.Signal, wait.Remedy));
        Assert.DoesNotContain(world.Evidence.All, record => record.Stage == RecordStage.Intent);
        world.Vault.Update(id, world.Version(id, 1).Version, new VersionUpdate { Tags = world.Version(id, 1).Tags.Where(tag => tag.Key != "t01").ToDictionary() });
        world.Advance(Hours(1.1));
        world.Look(id);
        Assert.NotNull(world.Version(id, 1).Nhi?.Op);
    }

    [Fact]
    public void H53_A_mark_that_finds_no_room_stands_in_evidence_and_says_what_to_do()
    {
        var world = Full(OverlapClass.Multi, out var id);
        EmergencyReport? report = null;
        Assert.Null(world.Do(async host => report = await host.Desk.Emergency.MarkAsync(id, null, OperatorRequest.WithReason("nhi emergency", "ada", "INC-7"), CancellationToken.None)));
        Assert.False(report!.Tagged);
        Assert.Contains(report.Notes, note => note.Contains("remove a tag", StringComparison.Ordinal));
        Assert.Contains(world.Evidence.All, record => record.Action == Verbs.Action(Verbs.Emergency) && record.Result == "ok");
    }

    /// <summary>A secret of a person's with fifteen tags, seen, and its row free.</summary>
    private static SimWorld Full(OverlapClass overlap, out CredentialId id)
    {
        var world = Quiet();
        id = world.Add("app", overlap);
        var tags = world.Version(id, 1).Tags.ToDictionary();
        for (var i = 1; tags.Count < 15; i++)
            tags[$"t{i:d2}"] = "of a person's";
        world.Vault.Update(id, world.Version(id, 1).Version, new VersionUpdate { Tags = tags });
        world.Event(id);
        world.Advance(Minutes(11));
        return world;
    }
}
