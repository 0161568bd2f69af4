using Nhi.Governance.Credentials;

namespace Nhi.Governance.Policies;

/// <summary>What a rule can select by. <paramref name="Owner"/> from the tag <c>nhi-owner</c>; <paramref name="Environment"/> from the tag <c>nhi-environment</c>, else from the vault's setting.</summary>
public sealed record PolicySubject(CredentialId Id, string? Kind, string? Owner, string Environment, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Tags by which people and Microsoft's tutorial say what a secret is.</summary>
    public const string KindTag = "nhi-kind";
    public const string ResourceTag = "nhi-resource";
    public const string OwnerTag = "nhi-owner";
    public const string PolicyTag = "nhi-policy";
    public const string EnvironmentTag = "nhi-environment";
}
