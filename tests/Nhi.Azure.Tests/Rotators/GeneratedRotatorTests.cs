using Nhi.Azure.Rotators.Generated;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

public sealed class GeneratedRotatorTests
{
    private static readonly CredentialId _credential = CredentialId.Of("KV1.vault.azure.net", "Session-Key");
    private readonly GeneratedRotator _rotator = new();

    private GovernedResource Resolve(params (string Name, string Value)[] tags) =>
        _rotator.Resolve(_credential, tags.Prepend(("nhi-kind", "generated")).ToDictionary(tag => tag.Item1, tag => tag.Item2), "");

    private string Choose(params (string Name, string Value)[] tags) => _rotator.Choose(Resolve(), tags.ToDictionary(tag => tag.Name, tag => tag.Value)).Reveal();

    [Fact]
    public void The_secret_itself_is_the_resource()
    {
        var resource = Resolve();
        Assert.Equal(("generated:kv1.vault.azure.net/session-key", OverlapClass.Retire), (resource.Id.Value, resource.Overlap));
        Assert.Empty(resource.Handles);
    }

    [Fact]
    public void Nothing_is_generated_for_a_secret_that_does_not_ask_for_it()
    {
        var refusal = Assert.Throws<ResourceTagException>(() => _rotator.Resolve(_credential, new Dictionary<string, string> { ["nhi-resource"] = "x" }, ""));
        Assert.Contains("nhi-kind", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_plays_no_role_that_needs_a_provider()
    {
        Assert.IsNotType<IMint>(_rotator, exactMatch: false);
        Assert.IsNotType<IVerify>(_rotator, exactMatch: false);
        Assert.IsNotType<IKill>(_rotator, exactMatch: false);
        Assert.IsNotType<ILookBack>(_rotator, exactMatch: false);
        Assert.Empty(_rotator.Kind.Rights);
    }

    [Theory]
    [InlineData(null, null, @"\A[A-Za-z0-9_-]{43}\z")]
    [InlineData("16", "hex", @"\A[0-9a-f]{16}\z")]
    [InlineData("256", "alphanumeric", @"\A[A-Za-z0-9]{256}\z")]
    [InlineData("64", "unambiguous", @"\A[A-HJ-NP-Za-km-z2-9]{64}\z")]
    [InlineData("64", "symbols", @"\A[!-~]{64}\z")]
    public void Length_and_alphabet_are_those_of_the_tags(string? length, string? alphabet, string pattern)
    {
        (string, string)[] tags = [.. length is null ? [] : ((string, string)[])[("nhi-length", length)], .. alphabet is null ? [] : ((string, string)[])[("nhi-alphabet", alphabet)]];
        Assert.Matches(pattern, Choose(tags));
        Assert.NotEqual(Choose(tags), Choose(tags));
    }

    [Theory]
    [InlineData("nhi-length", "15")]
    [InlineData("nhi-length", "257")]
    [InlineData("nhi-length", "-43")]
    [InlineData("nhi-length", "4e1")]
    [InlineData("nhi-length", "")]
    [InlineData("nhi-length", "99999999999999999999")]
    [InlineData("nhi-alphabet", "emoji")]
    [InlineData("nhi-alphabet", "HEX")]
    public void A_wish_that_cannot_be_met_is_told_which_tag_is_wrong(string tag, string value)
    {
        var refusal = Assert.Throws<ResourceTagException>(() => Resolve((tag, value)));
        Assert.Contains(tag, refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ResourceTagException>(() => Choose((tag, value)));
    }
}
