using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Tests.Rotation;

/// <summary>When a plan that is made again is still the same one.</summary>
public sealed class PlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "app");

    private static Plan Rotation(DateTimeOffset end, string slot = "key2", string subject = "r1", string sibling = "app", TimeSpan overlap = default) => new()
    {
        Verb = Verbs.Rotate,
        Subject = subject,
        Credential = Id,
        Resource = new GovernedResource(new ResourceId("res"), OverlapClass.DualSlot, ["key1", "key2"], "res"),
        Kind = "storage-account-key",
        Before = new CredentialVersion { Version = "v1", Enabled = true, Created = Now, Updated = Now, Tags = new Dictionary<string, string>() },
        Target = slot,
        Steps = [new MintSecret(slot, "nhi-r1", end), new VerifyValue(), new PublishVersion(CredentialId.Of("kv1.vault.azure.net", sibling), end, overlap, "r1"), new LookBackAt(Id)],
        Reasons = [end.ToString("O", System.Globalization.CultureInfo.InvariantCulture)],
        Policy = new EffectivePolicy { Rule = "any", Sha256 = "" },
    };

    [Fact]
    public void DoesAs_MadeAMomentLater_IsTheSame() =>
        Assert.True(Rotation(Now).DoesAs(Rotation(Now.AddMinutes(5), overlap: TimeSpan.FromDays(3))));

    [Fact]
    public void DoesAs_AnotherPlaceSubjectOrSecret_IsNot()
    {
        Assert.False(Rotation(Now).DoesAs(Rotation(Now, slot: "key1")));
        Assert.False(Rotation(Now).DoesAs(Rotation(Now, subject: "r2")));
        Assert.False(Rotation(Now).DoesAs(Rotation(Now, sibling: "twin")));
    }

    [Fact]
    public void DoesAs_AKillThatBuriesMore_IsNot()
    {
        var kill = Rotation(Now) with { Verb = Verbs.Revoke, Steps = [new KillHandle("key1:a", false), new ProveDead("key1:a"), new BuryVersion(Id, "v0")] };
        Assert.True(kill.DoesAs(kill with { Steps = [.. kill.Steps] }));
        Assert.False(kill.DoesAs(kill with { Steps = [.. kill.Steps, new BuryVersion(Id, "v1")] }));
        Assert.False(kill.DoesAs(kill with { Steps = [.. kill.Steps.Skip(1)] }));
    }
}
