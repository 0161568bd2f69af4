using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Operators;

/// <summary>
/// <c>nhi keep</c>, <c>nhi quarantine</c> and <c>nhi restore</c>: a person stops, begins or reverses the removal of a neglected credential. Each is done under the row, as the timer's steps are, by the same code.
/// A quarantine at a person's request needs a rule that enforces (who only observes wants no effects) and not <c>removeNeglected</c>; no cap, pause or window binds it. No timer goes on from it: nobody was told, and no finding has to hold it up.
/// </summary>
public sealed class NeglectDesk
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    private readonly OperatorTargets _targets;
    private readonly RemovalLooker _looker;
    private readonly RemovalPass _pass;
    private readonly HeldRows _held;
    private readonly CurtailedRoles _roles;

    internal NeglectDesk(OperatorTargets targets, RemovalLooker looker, RemovalPass pass, HeldRows held, CurtailedRoles roles) => (_targets, _looker, _pass, _held, _roles) = (targets, looker, pass, held, roles);

    /// <summary>
    /// Keeps it until an instant, UTC: not told, not put into quarantine, not removed before, and no role of the identity that it opens is taken away. What is in quarantine comes back at once. Throws <see cref="OperatorRefusedException"/>, <see cref="Operations.RowHeldException"/>,
    /// <see cref="ExternalCallException"/>, <see cref="Evidence.EvidenceRefusedException"/>; doing it again is right.
    /// </summary>
    public async Task<KeptCredential> KeepAsync(CredentialId id, DateTimeOffset until, OperatorRequest request, CancellationToken ct)
    {
        var target = await FindAsync(id, null, ct);
        if (until <= target.Look.Now || until > target.Look.Now + Longest)
            throw new OperatorRefusedException($"It is kept until an instant in the future, within {Longest.TotalDays:0} days. After that its owner is told anew.");
        if (target.Look.Tag is { Step: > RemovalStep.Revoking })
            throw TooLate(id);
        var trigger = request.Trigger(target.Look.Now, id);
        var keep = await _held.TryAsync(() => _pass.KeepAsync(target, until, request.By, request.Reason, trigger, ct), ct);
        var back = target.Look.Quarantined.Count == 0 || target.Look.Tag is { Step: RemovalStep.Revoking } ? null : await _held.TryAsync(() => _pass.RunAsync(id, trigger, RemovalVerbs.Restore, ct), ct);
        return new KeptCredential(id, keep, back, await _roles.OfAsync(target.Resource?.Id, ct));
    }

    /// <summary>Disables every enabled version, reversibly. Throws as <see cref="KeepAsync"/>.</summary>
    public async Task<RemovalResult> QuarantineAsync(CredentialId id, OperatorRequest request, CancellationToken ct)
    {
        var target = await FindAsync(id, RemovalVerbs.Quarantine, ct);
        var (look, current) = (target.Look, target.Look.Credential.Current);
        if (look.Tag is { } tag)
            throw new OperatorRefusedException($"{id} is {tag.Step.ToString().ToLowerInvariant()} already, since {tag.At:yyyy-MM-dd HH:mm}Z.");
        if (!look.Policy.Enforced)
            throw new OperatorRefusedException($"The rule '{look.Policy.Rule}' only observes, so nothing is done to {id}. Let a rule enforce it first: mode: enforce.");
        if (look.History.Kept is { } kept && look.History.IsKept(look.Now))
            throw new OperatorRefusedException($"{kept.By} keeps {id} until {kept.Until:yyyy-MM-dd}: {kept.Why}. Ask there, or wait.");
        if (!current.Enabled || current.IsDead)
            throw new OperatorRefusedException($"The current version of {id} is disabled already.");
        return Done(await RunAsync(target, RemovalVerbs.Quarantine, request, ct), RemovalVerbs.Quarantine);
    }

    /// <summary>
    /// Enables what the quarantine disabled, and nothing else. Of the roles that were taken away from the identity that it opens it says how they are made again: a person has to do it. Throws as <see cref="KeepAsync"/>.
    /// </summary>
    public async Task<RestoredCredential> RestoreAsync(CredentialId id, OperatorRequest request, CancellationToken ct)
    {
        var target = await FindAsync(id, RemovalVerbs.Restore, ct);
        var roles = await _roles.OfAsync(target.Resource?.Id, ct);
        if (roles.Count > 0 && (target.Look.Quarantined.Count == 0 || target.Look.Tag is { Step: >= RemovalStep.Revoking }))
            return new RestoredCredential(id, null, roles);
        if (target.Look.Tag is { Step: RemovalStep.Revoking })
            throw new OperatorRefusedException($"The revocation of {id} has begun, and what of it is dead is not known yet. nhi keep {id} stops what is left of it; where it still works, enable its current version in the vault.");
        if (target.Look.Tag is { Step: > RemovalStep.Revoking })
            throw TooLate(id);
        if (target.Look.Quarantined.Count == 0)
            throw new OperatorRefusedException($"{id} is not in quarantine: there is nothing to restore. nhi show {id} lists its versions.");
        return new RestoredCredential(id, Done(await RunAsync(target, RemovalVerbs.Restore, request, ct), RemovalVerbs.Restore), roles);
    }

    /// <summary>Says how a role assignment, by its ARM id, is made again that was taken away. Throws <see cref="OperatorRefusedException"/> where none of that id is known to be away, <see cref="ExternalCallException"/>.</summary>
    public async Task<RestoredCredential> RestoreRoleAsync(string assignment, CancellationToken ct) => await _roles.FindAsync(assignment, ct) is { } role
        ? new RestoredCredential(role.Credential, null, [role])
        : throw new OperatorRefusedException("No role assignment of that id was taken away, or it is there again. nhi restore NAME says what was taken away from the identity that a secret opens.");

    private Task<RemovalResult> RunAsync(RemovalTarget target, string verb, OperatorRequest request, CancellationToken ct)
    {
        var id = target.Look.Credential.Id;
        return _held.TryAsync(() => _pass.RunAsync(id, request.Trigger(target.Look.Now, id), verb, ct), ct);
    }

    private static RemovalResult Done(RemovalResult result, string verb) => result.Verb == verb
        ? result
        : throw new OperatorRefusedException($"Nothing was done to {result.Credential}: {result.Why ?? "it changed meanwhile"} Look at it with nhi show, then try again.");

    private async Task<RemovalTarget> FindAsync(CredentialId id, string? asked, CancellationToken ct)
    {
        await _targets.FindAsync(id, ct);
        return await _looker.LookAsync(id, await _pass.HistoryAsync(id, ct), null, asked, ct) ?? throw new OperatorRefusedException($"{id} changed while it was looked at. Try again.");
    }

    private static OperatorRefusedException TooLate(CredentialId id) =>
        new($"{id} is revoked: what it opened is dead at its provider unless another secret holds it too, and nothing brings that back. Make a new credential, and publish it as a new version.");
}

/// <summary>What a person keeps; <paramref name="Back"/>: what became of its quarantine, null where there was none; <paramref name="Roles"/>: what was taken away from its identity before.</summary>
public sealed record KeptCredential(CredentialId Credential, RemovalKeep Keep, RemovalResult? Back, IReadOnlyList<CurtailedRole> Roles);

/// <summary>What a person brings back; <paramref name="Back"/>: what became of its quarantine, null where there was none; <paramref name="Roles"/>: what a person has to make again.</summary>
public sealed record RestoredCredential(CredentialId Credential, RemovalResult? Back, IReadOnlyList<CurtailedRole> Roles);
