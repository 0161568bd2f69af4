using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation;

/// <summary>
/// What would be done about one credential. <paramref name="Plans"/>: in order, as execution would consume them (where the policy only observes: as it would, if it enforced);
/// <paramref name="Note"/>: why nothing can be said, or null.
/// </summary>
public sealed record DryRun(CredentialId Credential, EffectivePolicy? Policy, IReadOnlyList<Plan> Plans, IReadOnlyList<Waiting> Waiting, string? Note)
{
    /// <summary>Why nothing but the vault's list could be looked at: what is due by it is in <see cref="Waiting"/>, and no value, provider or evidence was asked. Null where all was.</summary>
    public string? NotLooked { get; init; }

    /// <summary>Then: what a person should know before what is due is done.</summary>
    public IReadOnlyList<string> Risks { get; init; } = [];
}
