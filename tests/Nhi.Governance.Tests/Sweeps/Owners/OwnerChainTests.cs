using CsCheck;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Tests.Sweeps.Owners;

public sealed class OwnerChainTests
{
    private static readonly DateTimeOffset _now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId _id = CredentialId.Of("kv1.vault.azure.net", "app");
    private static readonly ResourceId _account = new("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a");
    private const string Client = "0f0f0f0f-0000-4000-8000-000000000001";
    private readonly SweepDirectoryFake _directory = new();

    private static readonly string[] _types = ["user", "group", "service", "text"];

    private static readonly string[] _vias =
        [OwnerSources.Assigned, OwnerSources.Confirmed, OwnerSources.Tag, OwnerSources.ResourceTag, OwnerSources.Application, OwnerSources.GroupTag, OwnerSources.Creator, OwnerSources.Policy];

    private static readonly Gen<OwnerCandidate[]> _candidates = Gen.Select(Gen.Int[0, 3].Select(i => _types[i]), Gen.Int[0, 12], Gen.Int[0, 7].Select(i => _vias[i]), Gen.Bool)
        .Select((type, id, via, left) => new OwnerCandidate(type, $"{type}{id}", null, via, OwnerSources.Confidence(via), left)).Array[0, 8];

    /// <summary>One principal has one state, whoever names it.</summary>
    private static OwnerCandidate[] Consistent(OwnerCandidate[] candidates) => [.. candidates.Select(candidate => candidate with { Left = candidates.First(other => other.Id == candidate.Id).Left })];

    [Fact]
    public void Whoever_left_is_never_chosen_while_somebody_is_there() => _candidates.Select(Consistent).Sample(candidates =>
        OwnerChoice.Of(candidates).Chosen is not { Left: true } || candidates.All(candidate => candidate.Left || candidate.Type == "service"), iter: 2_000);

    [Fact]
    public void The_choice_is_the_same_whatever_the_order() => Gen.Select(_candidates.Select(Consistent), Gen.Int[0, 1_000_000]).Sample((candidates, seed) =>
        OwnerChoice.Of(candidates).SaysTheSameAs(OwnerChoice.Of(candidates.OrderBy(candidate => HashCode.Combine(seed, candidate.Id, candidate.Via)))), iter: 2_000);

    [Fact]
    public void Everybody_who_was_named_is_in_the_answer_once_by_their_best_source() => _candidates.Select(Consistent).Sample(candidates =>
    {
        var answer = OwnerChoice.Of(candidates);
        Assert.Equal(candidates.Select(candidate => candidate.Id).Distinct().Order(StringComparer.Ordinal), answer.All.Select(candidate => candidate.Id).Order(StringComparer.Ordinal));
        Assert.All(answer.All, candidate => Assert.Equal(candidates.Where(other => other.Id == candidate.Id).Max(other => other.Confidence), candidate.Confidence));
    }, iter: 2_000);

    [Fact]
    public void A_group_stands_before_every_person_of_its_own_source() => Gen.Int[0, 7].Select(i => _vias[i]).Sample(via =>
        OwnerChoice.Of([new("user", "u", null, via, OwnerSources.Confidence(via)), new("group", "g", null, via, OwnerSources.Confidence(via))]).Chosen!.Type == "group");

    [Theory]
    [InlineData(OwnerSources.Tag, OwnerSources.ResourceTag, "group")]
    [InlineData(OwnerSources.Application, OwnerSources.GroupTag, "group")]
    [InlineData(OwnerSources.Assigned, OwnerSources.Tag, "user")]
    [InlineData(OwnerSources.Tag, OwnerSources.Application, "user")]
    [InlineData(OwnerSources.Creator, OwnerSources.Policy, "user")]
    public void A_group_of_near_confidence_wins_and_a_persons_own_word_does_not_lose(string ofPerson, string ofGroup, string wins) =>
        Assert.Equal(wins, OwnerChoice.Of([new("user", "u", null, ofPerson, OwnerSources.Confidence(ofPerson)), new("group", "g", null, ofGroup, OwnerSources.Confidence(ofGroup))]).Chosen!.Type);

    [Fact]
    public void A_service_is_named_and_never_chosen()
    {
        var answer = OwnerChoice.Of([new("service", "pipeline", null, OwnerSources.Tag, 80), new("text", "team", null, OwnerSources.Policy, 10)]);
        Assert.Equal(("team", "pipeline"), (answer.Chosen!.Id, Assert.Single(answer.RunnersUp).Id));
        Assert.Null(OwnerChoice.Of([new("service", "pipeline", null, OwnerSources.Tag, 80)]).Chosen);
    }

    private Task<OwnerResolution> ResolveAsync(string? tag = null, ResourceId? resource = null, string? policy = null, OwnerEntry? said = null) => OwnerChain.ResolveAsync(
        new PolicySubject(_id, null, tag, "", new Dictionary<string, string>()), resource, new EffectivePolicy { Rule = "r", Sha256 = "", Owner = policy }, said, _directory, _now, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Every_source_is_asked_in_its_turn_and_the_best_is_chosen()
    {
        _directory.Add(new Principal("11111111-0000-4000-8000-000000000001", PrincipalType.User, PrincipalState.Active, "maker@contoso.com"));
        _directory.Creators[_account.Value] = "maker@contoso.com";
        Assert.Equal(("text", "ops", OwnerSources.Policy, 10), Short((await ResolveAsync(policy: "ops")).Answer));
        Assert.Equal(("user", "11111111-0000-4000-8000-000000000001", OwnerSources.Creator, 30), Short((await ResolveAsync(resource: _account, policy: "ops")).Answer));
        _directory.Tags["/subscriptions/s/resourcegroups/g"] = new() { ["Owner"] = "group-tag" };
        Assert.Equal(("text", "group-tag", OwnerSources.GroupTag, 50), Short((await ResolveAsync(resource: _account)).Answer));
        _directory.Tags[_account.Value] = new() { ["owner"] = "resource-tag", ["nhi-owner"] = "resource-nhi-tag" };
        Assert.Equal(("text", "resource-nhi-tag", OwnerSources.ResourceTag, 70), Short((await ResolveAsync(resource: _account)).Answer));
        Assert.Equal(("text", "tagged", OwnerSources.Tag, 80), Short((await ResolveAsync("tagged", _account)).Answer));
        var assigned = new OwnerEntry { Credential = _id, Assigned = new OwnerWord("assigned", "bob", _now, "r") };
        Assert.Equal(("text", "assigned", OwnerSources.Assigned, 100), Short((await ResolveAsync("tagged", _account, said: assigned)).Answer));
        var resolution = await ResolveAsync("tagged", _account, "ops", assigned);
        Assert.Equal(["tagged", "resource-nhi-tag", "group-tag", "ops"], resolution.Answer.RunnersUp.Select(candidate => candidate.Id));
        Assert.True(resolution.IsWhole);
        static (string, string, string, int) Short(OwnerAnswer answer) => (answer.Chosen!.Type, answer.Chosen.Id, answer.Chosen.Via, answer.Chosen.Confidence);
    }

    [Fact]
    public async Task Owners_of_the_application_answer_for_its_secrets()
    {
        _directory.Add(new Principal("11111111-0000-4000-8000-000000000001", PrincipalType.User, PrincipalState.Disabled, "gone@contoso.com"));
        _directory.Add(new Principal("11111111-0000-4000-8000-000000000002", PrincipalType.User, PrincipalState.Active, "here@contoso.com"));
        _directory.ApplicationOwners[Client] = ["11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"];
        var answer = (await ResolveAsync(resource: new ResourceId($"entra:{Client}"))).Answer;
        Assert.Equal("here@contoso.com", answer.Chosen!.Address);
        Assert.True(Assert.Single(answer.RunnersUp).Left);
    }

    [Fact]
    public async Task The_activity_log_is_asked_only_where_nobody_surer_is_known()
    {
        await ResolveAsync("tagged", _account);
        Assert.DoesNotContain(_directory.Asked, asked => asked.StartsWith("Creator", StringComparison.Ordinal));
        _directory.Add(new Principal("11111111-0000-4000-8000-000000000001", PrincipalType.User, PrincipalState.Deleted));
        await ResolveAsync("11111111-0000-4000-8000-000000000001", _account);
        Assert.Contains(_directory.Asked, asked => asked.StartsWith("Creator", StringComparison.Ordinal));
    }

    /// <summary>A pipeline that is tagged as owner answers nobody: who made the thing may.</summary>
    [Fact]
    public async Task S56_the_activity_log_is_asked_where_only_a_service_is_sure()
    {
        _directory.Add(new Principal("11111111-0000-4000-8000-000000000003", PrincipalType.Service, PrincipalState.Active, "pipeline"));
        _directory.Creators[_account.Value] = "maker@contoso.com";
        Assert.Equal("maker@contoso.com", (await ResolveAsync("11111111-0000-4000-8000-000000000003", _account)).Answer.Chosen!.Id);
    }

    [Fact]
    public async Task The_later_word_of_a_person_counts()
    {
        var assigned = new OwnerWord("assigned", "bob", _now.AddDays(-2), "r");
        var entry = new OwnerEntry { Credential = _id, Assigned = assigned, Confirmed = assigned with { Owner = "confirmed", At = _now.AddDays(-3) } };
        Assert.Equal("assigned", (await ResolveAsync(said: entry)).Answer.Chosen!.Id);
        Assert.Empty((await ResolveAsync(said: entry)).Answer.RunnersUp);
        Assert.Equal("assigned", (await ResolveAsync(said: entry with { Confirmed = assigned with { At = _now } })).Answer.Chosen!.Id);
    }

    [Fact]
    public async Task A_source_that_is_down_fails_alone_and_is_named()
    {
        _directory.Down.Add(nameof(IOwnerDirectory.TagsAsync));
        var resolution = await ResolveAsync("tagged", _account);
        Assert.Equal("tagged", resolution.Answer.Chosen!.Id);
        Assert.Equal([OwnerSources.ResourceTag, OwnerSources.GroupTag], resolution.NotAsked);
    }

    [Theory]
    [InlineData("a@x.org; b@x.org", "a@x.org", "b@x.org")]
    [InlineData("team-a,TEAM-A", "team-a")]
    [InlineData("a\nb")]
    [InlineData("[refused, 40 characters]")]
    [InlineData("")]
    [InlineData(null)]
    public void Texts_of_tags_name_owners_or_nobody(string? text, params string[] names) => Assert.Equal(names, OwnerText.Read(text));

    [Fact]
    public void Long_texts_secrets_and_many_names_are_bounded()
    {
        Assert.Empty(OwnerText.Read(new string('a', 129)));
        Assert.Single(OwnerText.Read(new string('a', 128).Replace("aa", "a ", StringComparison.Ordinal)));
        Assert.Empty(OwnerText.Read("AccountKey=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6"));
        Assert.Equal(5, OwnerText.Read("a;b;c;d;e;f").Count);
        Assert.True(OwnerText.MayBeKnown("a@b"));
        Assert.False(OwnerText.MayBeKnown("@b"));
        Assert.False(OwnerText.MayBeKnown("team"));
    }

    [Fact]
    public async Task One_sweep_asks_each_thing_once_and_forgets_when_it_knows_too_much()
    {
        var once = new SweepDirectory(_directory);
        await once.FindAsync("a@x", default);
        await once.FindAsync("A@x", default);
        Assert.Single(_directory.Asked);
        for (var i = 0; i < SweepDirectory.Most; i++)
            await once.CreatorAsync($"/{i}", _now, default);
        await once.FindAsync("a@x", default);
        Assert.Equal(SweepDirectory.Most + 2, _directory.Asked.Count);
    }

    [Fact]
    public async Task What_failed_is_not_asked_again_in_the_same_sweep()
    {
        _directory.Down.Add(nameof(IOwnerDirectory.FindAsync));
        var once = new SweepDirectory(_directory);
        await Assert.ThrowsAsync<ExternalCallException>(() => once.FindAsync("a@x", default));
        await Assert.ThrowsAsync<ExternalCallException>(() => once.FindAsync("a@x", default));
        Assert.Single(_directory.Asked);
    }
}
