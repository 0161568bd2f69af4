using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>Reads what decides about the wide roles of an identity: lists of its vaults, tables, the directory, role assignments. No value, and nothing is changed.</summary>
internal sealed class CurtailmentLooker(
    ICredentialVault vault, IInventory inventory, IPolicySource policies, PolicySubjects subjects, ProductIdentities own, IFindings findings, IPauses pauses, IRemovals removals, IOwnerDirectory directory,
    IRoleAssignments assignments, IEvidenceLog evidence, bool isHeard = true)
{
    /// <summary>Owners of one subscription that are asked for until one is found who is there.</summary>
    private const int MostOwners = 20;

    /// <summary>
    /// Null where it is no identity, one of the product's own, or no secret in scope opens it. Throws <see cref="ExternalCallException"/>.
    /// </summary>
    /// <param name="identity">Which.</param>
    /// <param name="notes">What is remembered of its roles.</param>
    /// <param name="records">Its records, which say what people keep and what was proven; null: the tables alone are asked, for a first look.</param>
    /// <param name="now">UTC; null: as the first vault answers.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<CurtailmentTarget?> LookAsync(ResourceId identity, IReadOnlyList<CurtailmentNote> notes, IReadOnlyList<IndexedRecord>? records, DateTimeOffset? now, CancellationToken ct)
    {
        if (OwnerChain.ApplicationOf(identity) is not { } application || own.WhyNamed(identity.Value) is not null || own.WhyNamed(application) is not null)
            return null;
        if (await SecretsAsync(identity, ct) is not [var first, ..] secrets)
            return null;
        var look = new CurtailmentLook
        {
            Identity = identity,
            Now = now ?? first.Credential.Seen,
            IsHeard = isHeard,
            Secrets = [.. secrets.Select(secret => (secret.Credential, secret.Policy))],
            Finding = (await findings.OfAsync(identity.Value, ct)).FirstOrDefault(finding => finding.Signal == SignalNames.OverPrivileged),
        };
        var underWay = notes.Any(note => note.Step != CurtailmentStep.None);
        if (underWay || (look.MayCurtail && look.Finding is not null))
        {
            var roles = await directory.RolesAsync(application, ct);
            look = look with
            {
                Principal = roles.ObjectId,
                Roles = await RolesAsync(roles, notes, ct),
                Keeps = await KeepsAsync(secrets.Select(secret => secret.Credential.Id), records, ct),
                Paused = await PausedAsync(secrets.Select(secret => secret.Credential.Id), look.Now, ct),
                Proven = records is null || await CurtailmentMemory.ProvesAsync(evidence, records, identity, ct),
            };
        }

        return new CurtailmentTarget(look, look.Finding?.Owner ?? first.Policy.Owner, first.Kind, first.Rotator, first.Resource);
    }

    /// <summary>What opens it by its tags now, in the order of names.</summary>
    private async Task<List<CurtailmentSecret>> SecretsAsync(ResourceId identity, CancellationToken ct)
    {
        List<CurtailmentSecret> secrets = [];
        foreach (var id in (await inventory.SecretsOfAsync(identity, ct)).Order())
        {
            if (Credential.Of(id, await vault.ListVersionsAsync(id, ct)) is not { } credential
                || subjects.ResourceOf(credential, out var resource) is not { } rotator || resource!.Id != identity)
                continue;
            var subject = subjects.Of(credential);
            secrets.Add(new CurtailmentSecret(credential, (await policies.CurrentAsync(ct)).For(subject), subject.Kind, rotator, resource));
        }

        return secrets;
    }

    /// <summary>At whole subscriptions only: what is given above reaches more than anybody here governs, and is told, not taken.</summary>
    private async Task<IReadOnlyDictionary<string, SeenRole>> RolesAsync(IdentityRoles roles, IReadOnlyList<CurtailmentNote> notes, CancellationToken ct)
    {
        var wide = roles.Grants.Where(grant => grant.Role?.Power is not null && IsSubscription(grant.Scope)).ToLookup(grant => RoleAssignment.KeyOf(roles.ObjectId, grant.RoleId, grant.Scope));
        var seen = new Dictionary<string, SeenRole>(StringComparer.Ordinal);
        foreach (var scope in wide.SelectMany(grants => grants).Select(grant => grant.Scope).Concat(notes.Select(note => note.Scope)).Distinct(StringComparer.OrdinalIgnoreCase).ToList())
        {
            var its = await assignments.OfAsync(roles.ObjectId, scope, ct);
            var other = its.Any(assignment => wide.Contains(assignment.Key)) ? await OtherOwnerAsync(roles.ObjectId, scope, ct) : null;
            foreach (var assignment in its)
                seen[assignment.Key] = new SeenRole(assignment, wide[assignment.Key].FirstOrDefault(), other);
        }

        return seen;
    }

    /// <summary>A person or a group that the directory knows as active. Another service principal does not count: it might be the next one whose role is taken away. Null where nobody could be asked.</summary>
    private async Task<bool?> OtherOwnerAsync(string principal, string subscription, CancellationToken ct)
    {
        try
        {
            foreach (var owner in (await assignments.OwnersAsync(subscription, ct)).Where(owner => owner.Type is "User" or "Group" && !owner.Principal.Equals(principal, StringComparison.OrdinalIgnoreCase)).Take(MostOwners))
                if ((await directory.FindAsync(owner.Principal, ct)).State == PrincipalState.Active)
                    return true;
            return false;
        }
        catch (ExternalCallException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<RemovalKeep>> KeepsAsync(IEnumerable<CredentialId> ids, IReadOnlyList<IndexedRecord>? records, CancellationToken ct)
    {
        List<RemovalKeep> keeps = [];
        foreach (var id in ids)
        {
            var history = (await removals.FindAsync(id, ct))?.History ?? RemovalHistory.Nothing;
            if (records is not null)
                history = history.With(await RemovalMemory.ReadAsync(evidence, records, id, ct));
            if (history.Kept is { } kept)
                keeps.Add(kept);
        }

        return keeps;
    }

    private async Task<string?> PausedAsync(IEnumerable<CredentialId> ids, DateTimeOffset now, CancellationToken ct)
    {
        var paused = await pauses.CurrentAsync(ct);
        return ids.Select(id => paused.FirstOrDefault(pause => pause.Covers(id, now))).FirstOrDefault(pause => pause is not null) is { } found ? $"Paused by {found.By}: {found.Reason}" : null;
    }

    private static bool IsSubscription(string scope) => scope.Trim('/').Split('/') is ["subscriptions", var id] && Guid.TryParseExact(id, "D", out _);

    private sealed record CurtailmentSecret(Credential Credential, EffectivePolicy Policy, string? Kind, IRotator Rotator, GovernedResource Resource);
}

/// <summary>An identity with what decides about its wide roles, who answers for it, and the first of the secrets that open it.</summary>
internal sealed record CurtailmentTarget(CurtailmentLook Look, string? Owner, string? Kind, IRotator Rotator, GovernedResource Resource)
{
    /// <summary>Of the secrets that open it, the first: what leads a reader here.</summary>
    public Credential First => Look.Secrets[0].Credential;
}
