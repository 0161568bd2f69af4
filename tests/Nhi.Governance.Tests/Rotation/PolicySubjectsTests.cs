using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Tests.Rotation;

/// <summary>What tags decide of a secret, and what they do not.</summary>
public sealed class PolicySubjectsTests
{
    /// <summary>H39: who may write a secret of a dev vault must not choose prod's identity for it.</summary>
    [Theory]
    [InlineData("dev", "prod", "dev")]
    [InlineData("dev", null, "dev")]
    [InlineData("", "prod", "prod")]
    [InlineData("", null, "")]
    public void ResourceOf_ATagThatNamesAnEnvironment_ChoosesTheIdentityOnlyWhereTheVaultHasNone(string vault, string? tag, string works)
    {
        var tags = new Dictionary<string, string> { [PolicySubject.KindTag] = "any" };
        if (tag is not null)
            tags[PolicySubject.EnvironmentTag] = tag;
        var id = CredentialId.Of("kv1.vault.azure.net", "app");
        var subjects = new PolicySubjects(new KindRegistry([new AnyKind()]), new OneVault(vault));
        Assert.NotNull(subjects.ResourceOf(id, tags, out var resource, out _));
        Assert.Equal(works, resource!.Environment);
        Assert.Equal(tag ?? vault, subjects.Of(id, tags).Environment);
    }

    private sealed class OneVault(string environment) : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All => [Find("")!];
        public GovernedVault? Find(string vaultHost) => new(vaultHost, environment);
    }

    private sealed class AnyKind : IRotator
    {
        public Kind Kind { get; } = new() { Name = "any", Description = "", Overlaps = [OverlapClass.Multi], ResourceForm = "", Rights = [] };
        public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment) => new(new ResourceId("res"), OverlapClass.Multi, [], "res", environment);
        public PublishedValue Read(GovernedResource resource, SecretMaterial published) => throw new NotSupportedException();
        public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => throw new NotSupportedException();
    }
}
