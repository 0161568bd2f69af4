using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi rollback</c>: the predecessor is published again, if it is enabled and still works.</summary>
public sealed class RollbackDesk
{
    private readonly OperatorTargets _targets;
    private readonly Governor _governor;
    private readonly HeldRows _held;

    internal RollbackDesk(OperatorTargets targets, Governor governor, HeldRows held) => (_targets, _governor, _held) = (targets, governor, held);

    /// <summary>
    /// Throws <see cref="OperatorRefusedException"/> when there is nothing to go back to, <see cref="Operations.RowHeldException"/> when another instance goes on working there,
    /// <see cref="ExternalCallException"/> and <see cref="Evidence.EvidenceRefusedException"/> before anything was done. An answer that was lost is in the report.
    /// </summary>
    public async Task<GovernReport> RollBackAsync(CredentialId id, OperatorRequest request, CancellationToken ct)
    {
        var target = await _targets.FindGovernedAsync(id, ct);
        var report = await _held.TryAsync(() => _governor.HandleAsync(new GovernRequest(request.Trigger(target.Credential.Seen, id)) { Rollback = true }, ct), ct);
        var refused = report.Waiting.FirstOrDefault(wait => wait.Verb == Verbs.Rollback && wait.Credential == id);
        if (refused is null || report.Done.Any(done => done.Plan.Verb == Verbs.Rollback))
            return report;
        throw new OperatorRefusedException($"{id} is not rolled back: {refused.Why} {refused.Remedy ?? (refused.Until is { } until ? $"Try again after {until:yyyy-MM-dd HH:mm}Z." : "nhi show lists its versions.")}");
    }
}
