using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary>What a person points at. Asks the vault's list alone: it works while tables and index do not.</summary>
internal sealed class OperatorTargets(ICredentialVault vault, IVaultRegistry vaults, PolicySubjects subjects, ProductIdentities own)
{
    /// <summary>Throws <see cref="OperatorRefusedException"/> for a secret that is not there, not in scope, or the product's own; <see cref="ExternalCallException"/> when its vault does not answer.</summary>
    public async Task<OperatorTarget> FindAsync(CredentialId id, CancellationToken ct)
    {
        if (vaults.Find(id.Vault) is null)
            throw new OperatorRefusedException($"The vault {id.Vault} is not in scope. In scope: {string.Join(", ", vaults.All.Select(governed => governed.Host))}.");
        if (Credential.Of(id, await vault.ListVersionsAsync(id, ct)) is not { } credential)
            throw new OperatorRefusedException($"There is no secret {id}, or it is soft-deleted. Look at its vault.");
        var rotator = subjects.ResourceOf(id, credential.Tags, out var resource, out var why);
        if (own.WhyOwned(id, resource?.Id) is { } owned)
            throw new OperatorRefusedException($"{id} opens {owned}, which the product never works on. Do it by hand.");
        if (credential.Current.Managed)
            throw new OperatorRefusedException($"A certificate backs {id}: it is never touched. Renew or revoke the certificate.");
        return new OperatorTarget(credential, rotator, resource, why);
    }

    /// <summary>As <see cref="FindAsync"/>; also throws <see cref="OperatorRefusedException"/> where tags do not say what the secret opens.</summary>
    public async Task<GovernedTarget> FindGovernedAsync(CredentialId id, CancellationToken ct)
    {
        var target = await FindAsync(id, ct);
        return target is { Rotator: { } rotator, Resource: { } resource }
            ? new GovernedTarget(target.Credential, rotator, resource)
            : throw new OperatorRefusedException($"{id} cannot be worked on: {target.WhyNot} Tag it with nhi-kind and nhi-resource (nhi kinds shows the forms).");
    }
}

/// <summary>A secret in scope; <paramref name="WhyNot"/>: why no rotator knows it, null where one does.</summary>
internal sealed record OperatorTarget(Credential Credential, IRotator? Rotator, GovernedResource? Resource, string? WhyNot);

/// <summary>A secret in scope and what it opens.</summary>
internal sealed record GovernedTarget(Credential Credential, IRotator Rotator, GovernedResource Resource);
