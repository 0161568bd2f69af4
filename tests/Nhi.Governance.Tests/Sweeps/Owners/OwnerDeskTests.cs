using Microsoft.Extensions.DependencyInjection;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Tests.Sweeps.Signals;

namespace Nhi.Governance.Tests.Sweeps.Owners;

public sealed class OwnerDeskTests
{
    private static readonly DateTimeOffset _now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId _id = CredentialId.Of("kv1.vault.azure.net", "asked-1");
    private readonly SignalRig _rig = new();
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _clock = new(_now);

    public OwnerDeskTests()
    {
        var version = new CredentialVersion { Version = "1", Enabled = true, Created = _now.AddDays(-40), Updated = _now.AddDays(-40), Expires = _now.AddDays(40), Tags = new Dictionary<string, string> { ["nhi-owner"] = "tagged" } };
        _rig.Estate.Credentials[_id] = new SweptCredential { Id = _id, Environment = "", Newest = version, Versions = [version], FirstSeen = version.Created };
        _rig.Directory.Add(new Principal("11111111-0000-4000-8000-000000000001", PrincipalType.User, PrincipalState.Active, "ada@contoso.com"));
        _rig.Directory.Add(new Principal("11111111-0000-4000-8000-000000000002", PrincipalType.User, PrincipalState.Deleted, "left@contoso.com"));
        _rig.Directory.Add(new Principal("11111111-0000-4000-8000-000000000003", PrincipalType.Service, PrincipalState.Active, "pipeline"));
    }

    private OwnerDesk Desk()
    {
        var services = _rig.Services();
        var subjects = services.GetRequiredService<PolicySubjects>();
        return new OwnerDesk(new OperatorTargets(_rig, _rig.Estate, subjects, ProductIdentities.None), subjects, _rig, _rig.Directory, _rig.Tables, _rig.Estate, _rig.Tables, _clock);
    }

    private static OperatorRequest Request(string? reason = null) => OperatorRequest.Of("nhi owner", "bob", reason);

    [Fact]
    public async Task A_persons_word_is_evidence_first_and_counts_above_every_tag()
    {
        var word = await Desk().AssignAsync(_id, "ada@contoso.com", Request("INC-7"), default);
        var record = Assert.Single(_rig.Tables.Of("owner.assign"));
        Assert.Equal(("11111111-0000-4000-8000-000000000001", 100, "bob", "kv:kv1.vault.azure.net/asked-1"), (record.Owner!.Id, record.Owner.Confidence, record.RequestedBy!.Id, record.Credential!.Id));
        Assert.Equal(("INC-7", word.Record), (Assert.Single(record.Decision!.Reasons!), Assert.Single(_rig.Tables.Records).Key));
        Assert.Equal(new OwnerWord(word.Owner.Id, "bob", _now, word.Record), _rig.Tables.Owners[_id].Assigned);
        await _rig.SweepAsync(_now);
        Assert.Equal("ada@contoso.com", _rig.Tables.Owners[_id].Answer!.Chosen!.Address);
        Assert.Equal("tagged", Assert.Single(_rig.Tables.Owners[_id].Answer!.RunnersUp).Id);
    }

    /// <summary>For the records of what is done to it: the engine reads no more than the row that says what opens the resource.</summary>
    [Fact]
    public async Task S23_who_answers_is_noted_at_what_it_opens_when_that_is_news_and_a_persons_word_at_once()
    {
        var swept = _rig.Estate.Credentials[_id];
        var version = swept.Newest with { Tags = new Dictionary<string, string> { ["nhi-owner"] = "tagged", ["nhi-kind"] = "multi", ["nhi-resource"] = "app-1" } };
        var first = new ResourceId("app-1");
        _rig.Estate.Credentials[_id] = swept with { Newest = version, Versions = [version], Kind = "multi", Resource = first };
        await _rig.SweepAsync(_now);
        Assert.Equal([(first, _id, "tagged")], _rig.Estate.Noted);
        await _rig.SweepAsync(_now.AddHours(1));
        await _rig.SweepAsync(_now.AddDays(2));
        Assert.Single(_rig.Estate.Noted);

        await Desk().AssignAsync(_id, "ada@contoso.com", Request("INC-7"), default);
        Assert.Equal((first, _id, "ada@contoso.com"), _rig.Estate.Noted[^1]);
        await _rig.SweepAsync(_now.AddDays(2).AddHours(1));
        var second = new ResourceId("app-2");
        _rig.Estate.Credentials[_id] = _rig.Estate.Credentials[_id] with { Resource = second };
        await _rig.SweepAsync(_now.AddDays(2).AddHours(2));
        Assert.Equal((second, _id, "ada@contoso.com"), _rig.Estate.Noted[^1]);
    }

    [Fact]
    public async Task A_confirmation_resets_the_attestation_and_an_assignment_does_not()
    {
        await _rig.SweepAsync(_now);
        Assert.Contains(_rig.Tables.Open, finding => finding.Signal == SignalNames.AttestationLapsed);
        await Desk().AssignAsync(_id, "ada@contoso.com", Request(), default);
        await _rig.SweepAsync(_now.AddHours(1));
        Assert.Contains(_rig.Tables.Open, finding => finding.Signal == SignalNames.AttestationLapsed);
        var word = await Desk().ConfirmAsync(_id, Request(), default);
        Assert.Equal(("ada@contoso.com", OwnerSources.Confirmed), (word.Owner.Name, Assert.Single(_rig.Tables.Of("owner.confirm")).Owner!.Via));
        await _rig.SweepAsync(_now.AddHours(2));
        Assert.DoesNotContain(_rig.Tables.Open, finding => finding.Signal is SignalNames.AttestationLapsed or SignalNames.AttestationDue);
        await _rig.SweepAsync(_now.AddDays(20));
        Assert.Contains(_rig.Tables.Open, finding => finding.Signal == SignalNames.AttestationDue);
        await _rig.SweepAsync(_now.AddDays(30));
        Assert.Contains(_rig.Tables.Open, finding => finding.Signal == SignalNames.AttestationLapsed);
    }

    [Theory]
    [InlineData("left@contoso.com", "left")]
    [InlineData("11111111-0000-4000-8000-000000000003", "a service")]
    [InlineData("11111111-0000-4000-8000-000000000009", "left")]
    [InlineData("", "one name")]
    [InlineData("a\u001b[31m", "one name")]
    public async Task Who_left_cannot_answer_or_is_no_name_is_refused_without_a_trace(string owner, string why)
    {
        var refused = await Assert.ThrowsAsync<OperatorRefusedException>(() => Desk().AssignAsync(_id, owner, Request(), default));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Empty(_rig.Tables.Records);
        Assert.Empty(_rig.Tables.Owners);
    }

    [Fact]
    public async Task Nobody_and_one_who_left_cannot_be_confirmed()
    {
        _rig.Estate.Credentials[_id] = Tagged("");
        Assert.Contains("Nobody is known", (await Assert.ThrowsAsync<OperatorRefusedException>(() => Desk().ConfirmAsync(_id, Request(), default))).Message, StringComparison.Ordinal);
        _rig.Estate.Credentials[_id] = Tagged("left@contoso.com");
        Assert.Contains("left", (await Assert.ThrowsAsync<OperatorRefusedException>(() => Desk().ConfirmAsync(_id, Request(), default))).Message, StringComparison.Ordinal);
        Assert.Empty(_rig.Tables.Records);

        SweptCredential Tagged(string owner)
        {
            var version = _rig.Estate.Credentials[_id].Newest with { Tags = new Dictionary<string, string> { ["nhi-owner"] = owner } };
            return _rig.Estate.Credentials[_id] with { Newest = version, Versions = [version] };
        }
    }

    [Fact]
    public async Task Without_evidence_nothing_is_remembered_and_without_the_directory_a_name_counts_as_it_is()
    {
        _rig.Directory.Down.Add(nameof(IOwnerDirectory.FindAsync));
        Assert.Equal("text", (await Desk().AssignAsync(_id, "ada@contoso.com", Request(), default)).Owner.Type);
        _rig.Tables.LogFails = new EvidenceRefusedException("no");
        await Assert.ThrowsAsync<EvidenceRefusedException>(() => Desk().AssignAsync(_id, "somebody", Request(), default));
        Assert.Equal("ada@contoso.com", _rig.Tables.Owners[_id].Assigned!.Owner);
    }
}
