using CsCheck;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Tests.Credentials;

/// <summary>Our tag as anybody may write it.</summary>
public sealed class NhiTagTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "app");
    private static readonly EffectivePolicy Policy = new() { Rule = "any", Sha256 = "", Enforced = true };

    [Theory]
    [InlineData(0, true)]
    [InlineData(316_224_000, true)]
    [InlineData(316_224_001, false)]
    [InlineData(-1, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MinValue, false)]
    public void TryParse_AnOverlapThatNoPolicyCanHave_IsNobodysTag(long seconds, bool ours) =>
        Assert.Equal(ours, NhiTag.TryParse($$"""{"r":"R","op":"o","ov":{{seconds}}}""") is { OverlapSeconds: { } told } && told == seconds);

    [Fact]
    public void Of_TwoVersionsWithOneTag_BelievesTheOlder()
    {
        var credential = Of(Version(0, """{"r":"R","op":"o","handle":"k1"}"""), Version(1, """{"r":"R","op":"o","handle":"k2","dead":true}"""), Version(2, """{"r":"S","op":"o","handle":"k3"}"""));
        Assert.Equal(["k1", null, "k3"], credential.Versions.Select(version => version.Nhi?.Handle));
        Assert.False(credential.Versions[1].IsDead);
    }

    [Fact]
    public void Of_VersionsThatOneAttemptAdopted_BelievesAllAndNotTheirCopies()
    {
        var credential = Of(
            Version(0, """{"op":"o","handle":"k1"}"""), Version(1, """{"op":"o","handle":"k1","prev":"v0"}"""), Version(2, """{"op":"o","handle":"k2","prev":"v1"}"""),
            Version(3, """{"op":"o","handle":"k1","prev":"v0"}"""), Version(4, "{}"), Version(5, "{}"));
        Assert.Equal([false, false, false, true, false, false], credential.Versions.Select(version => version.Disowned));
    }

    /// <summary>H41: a look at a list ends whatever stands in the tags.</summary>
    [Fact]
    public void FirstLook_AnyTagsOnAnyVersions_NeverThrows()
    {
        var text = Gen.OneOf(
            Gen.String[0, 40],
            Gen.Select(Any("\"o\"", "null", "\"\"", "7"), Any("\"k\"", "\"key1:f\"", "\"?\"", "\":\"", "null"), Gen.Long, Gen.Bool, Gen.Bool,
                (op, handle, overlap, dead, rollback) => $$"""{"r":{{op}},"op":{{op}},"handle":{{handle}},"prev":{{handle}},"ov":{{overlap}},"dead":{{(dead ? "true" : "false")}},"rb":{{(rollback ? "true" : "false")}}}"""));
        Gen.Select(text.Array[1, 5], Gen.Enum<OverlapClass>(), Gen.Int[0, 4000]).Sample((texts, overlap, days) =>
        {
            var credential = Of([.. texts.Select((tag, at) => Version(at, tag))]);
            _ = FirstLook.Wants(credential, Policy, overlap, Now.AddDays(days));
            Assert.All(Debt.Of(credential, Policy, version => version.Nhi?.Handle), debt => Assert.True(debt.Due <= Now.AddMinutes(5) + Iso8601Duration.Longest));
        }, iter: 20_000);
    }

    private static Gen<string> Any(params string[] texts) => Gen.OneOf([.. texts.Select(Gen.Const)]);

    private static Credential Of(params CredentialVersion[] versions) => Credential.Of(Id, new VersionList(versions, Now))!;

    private static CredentialVersion Version(int at, string tag) => new()
    {
        Version = $"v{at}",
        Enabled = true,
        Created = Now.AddMinutes(at),
        Updated = Now.AddMinutes(at),
        Tags = new Dictionary<string, string> { [NhiTag.Name] = tag },
    };
}
