using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation;

/// <summary>
/// What would be done about one credential. <paramref name="Plans"/>: in order, as execution would consume them (where the policy only observes: as it would, if it enforced);
/// <paramref name="Note"/>: why nothing can be said, or null.
/// </summary>
public sealed record DryRun(CredentialId Credential, EffectivePolicy? Policy, IReadOnlyList<Plan> Plans, IReadOnlyList<Waiting> Waiting, string? Note);
