using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Emergency;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation.Planning;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>
/// One way in, one way through: every trigger about a credential comes here.
/// read → decide → take the resource's row → say what became of open intents → look again → plan → intent → steps → outcome → close the row.
/// </summary>
public sealed partial class Governor
{
    private readonly ICredentialVault _vault;
    private readonly IPolicySource _policies;
    private readonly PolicySubjects _subjects;
    private readonly ProductIdentities _own;
    private readonly ResourceRows _rows;
    private readonly IInventory _inventory;
    private readonly IEvidenceLog _evidence;
    private readonly ResourcePass _pass;
    private readonly Observations _observations;
    private readonly ILogger<Governor> _logger;

    internal Governor(
        ICredentialVault vault, IPolicySource policies, PolicySubjects subjects, ProductIdentities own, ResourceRows rows, IInventory inventory,
        IEvidenceLog evidence, ResourcePass pass, Observations observations, ILogger<Governor> logger) =>
        (_vault, _policies, _subjects, _own, _rows, _inventory, _evidence, _pass, _observations, _logger) =
        (vault, policies, subjects, own, rows, inventory, evidence, pass, observations, logger);

    /// <summary>
    /// Does what is due about one credential, as an event points at it: what is to be killed without a mark waits for the timers. Throws before anything was done when it has to come again: <see cref="RowHeldException"/>, <see cref="ExternalCallException"/>, <see cref="EvidenceRefusedException"/>.
    /// </summary>
    public Task<GovernReport> HandleAsync(Trigger trigger, CancellationToken ct) => HandleAsync(new GovernRequest(trigger) { Budget = RunBudget.OfAnEvent }, ct);

    /// <inheritdoc cref="HandleAsync(Trigger, CancellationToken)"/>
    public async Task<GovernReport> HandleAsync(GovernRequest request, CancellationToken ct)
    {
        var id = request.Trigger.Credential ?? throw new ArgumentException("The trigger points at no credential.", nameof(request));
        var list = await _vault.ListVersionsAsync(id, ct);
        if (Credential.Of(id, list) is not { } credential)
        {
            LogGone(id.ToString());
            return new GovernReport { Gone = true };
        }

        var policy = (await _policies.CurrentAsync(ct)).For(_subjects.Of(credential));
        var rotator = _subjects.ResourceOf(credential.Id, credential.Tags, out var resource, out var why);
        if (credential.Current.Managed || rotator is null || _own.Owns(id, resource?.Id))
        {
            await _observations.UngovernableAsync(credential, policy, request, credential.Current.Managed ? null : why ?? "It belongs to the product itself, which never governs its own.", ct);
            return GovernReport.Nothing;
        }

        // What may not be killed now is no reason to take the row, nor to back off.
        IReadOnlyList<Want> wants = [.. FirstLook.Wants(credential, policy, resource!.Overlap, list.ServiceTime).Where(want => want.Urgent || want.Verb is not (Verbs.Revoke or Verbs.Retire) || request.Budget.Allows(policy))];
        if (wants.Count == 0 && !request.Forced(policy))
        {
            if (!policy.Enforced)
                await _observations.ObservedAsync(credential, resource, rotator, policy, request, ct);
            return GovernReport.Nothing;
        }

        return await WorkAsync(resource, rotator, id, request, wants, ct);
    }

    /// <summary>Takes a row that was left open past its lease, closes what it left, and looks at every secret of the resource.</summary>
    internal async Task<GovernReport> RecoverAsync(OperationRow row, RunBudget budget, CancellationToken ct)
    {
        var ids = await _inventory.SecretsOfAsync(row.Resource, ct);
        ExternalCallException? unread = null;
        foreach (var id in ids.Prepend(row.Credential ?? default).Where(id => id.Vault is not null && _subjects.IsInScope(id)).Distinct())
        {
            if (await VersionsAsync(id) is not { } list || Credential.Of(id, list) is not { } credential)
                continue;
            if (_subjects.ResourceOf(credential, out var resource) is { } rotator && resource!.Id == row.Resource && !_own.Owns(id, resource.Id))
                return await WorkAsync(resource, rotator, id, new GovernRequest(Trigger.Recovery(row.Op ?? row.Resource.Key, id)) { Budget = budget, Look = true }, [], ct);
        }

        // Whoever could not be read may be the one that leads there: the next run asks again.
        if (unread is not null)
            ExceptionDispatchInfo.Throw(unread);
        return row.Credential is { } last ? await CloseBareAsync(row, last, ct) : GovernReport.Nothing;

        // One secret that cannot be read keeps no other from leading to the row's resource.
        async Task<VersionList?> VersionsAsync(CredentialId id)
        {
            try
            {
                return await _vault.ListVersionsAsync(id, ct);
            }
            catch (ExternalCallException e)
            {
                unread ??= e;
                return null;
            }
        }
    }

    /// <summary>The row of a secret that opens nothing that is known (only its removal is done under it), or of a resource that no secret in scope opens any more: what was left open is closed, and nothing is begun.</summary>
    private async Task<GovernReport> CloseBareAsync(OperationRow row, CredentialId id, CancellationToken ct)
    {
        var hold = await _rows.TakeAsync(row.Resource, row.Lease, id, taken => taken with { Trigger = "ReconcileOperations" }, ct);
        var closed = await _pass.CloseBareAsync(hold!, row.Resource, ct);
        await hold!.CloseAsync(ct);
        if (hold.Row.OpenIntents.Count > 0)
            LogNobody(row.Resource.ToString());
        return new GovernReport { Reconciled = closed };
    }

    /// <summary>The next sweep looks at every secret of that resource.</summary>
    internal Task LookAgainAsync(ResourceId resource, CancellationToken ct) => _observations.LookAgainAsync(resource, ct);

    /// <summary>Makes a secret that a list shows as new or changed known to the inventory.</summary>
    internal async Task ObserveAsync(ListedSecret listed, DateTimeOffset now, CancellationToken ct) =>
        await _observations.ListedAsync(listed, await _policies.CurrentAsync(ct), now, ct);

    /// <summary>What would be done about a credential now: the plans that execution would consume, and what would wait. Takes no row and changes nothing.</summary>
    public async Task<DryRun> PlanAsync(CredentialId id, CancellationToken ct)
    {
        if (Credential.Of(id, await _vault.ListVersionsAsync(id, ct)) is not { } credential)
            return new DryRun(id, null, [], [], "There is no such secret, or it is soft-deleted.");
        var policy = (await _policies.CurrentAsync(ct)).For(_subjects.Of(credential));
        if (credential.Current.Managed)
            return new DryRun(id, policy, [], [], "A certificate backs it: it is inventoried and never touched.");
        var rotator = _subjects.ResourceOf(credential.Id, credential.Tags, out var resource, out var why);
        if (rotator is null || _own.Owns(id, resource?.Id))
            return new DryRun(id, policy, [], [], why ?? "It belongs to the product itself, which never governs its own.");
        try
        {
            return await _pass.DryRunAsync(resource!, rotator, id, policy, ct);
        }
        // Who gets no token has no right either.
        catch (ExternalCallException e) when (!e.Transient || e.Code == "NoToken")
        {
            return Listed(credential, resource!.Overlap, policy, e.Message);
        }
    }

    /// <summary>The shipped policy observes, and the right to list is all that it has: what the list alone shows is planned, as if the rule enforced, and said to be no more than that.</summary>
    private static DryRun Listed(Credential credential, OverlapClass overlap, EffectivePolicy policy, string why)
    {
        var wants = FirstLook.Wants(credential, policy with { Enforced = true }, overlap, credential.Seen);
        return new DryRun(credential.Id, policy, [], [.. wants.Select(want => new Waiting(credential.Id, want.Verb, want.Subject, "only-listed", $"{want.Why}."))], null)
        {
            NotLooked = why,
            Risks = wants.Any(want => want.Verb == Verbs.Rotate) ? RotationPlanner.Risks(overlap) : [],
        };
    }

    private async Task<GovernReport> WorkAsync(GovernedResource resource, IRotator rotator, CredentialId id, GovernRequest request, IReadOnlyList<Want> wants, CancellationToken ct)
    {
        var lease = _rows.LeaseOf(rotator.Kind.SettleWindow);
        Want? lead = null;
        string? op = null;
        string? path = null;
        var hold = await _rows.TakeAsync(resource.Id, lease, id, row =>
        {
            lead = wants.FirstOrDefault(want => !BackOffs.Binds(row.BackOff.GetValueOrDefault(want.Key), row.Start!.Value, want.Urgent));
            if (lead is null)
                return request.Look || request.Rollback || request.Marks.Count > 0 ? row with { Trigger = Told(request.Trigger) } : null;
            op = RotationId.Op(lead.Subject, lead.Verb, row.Start!.Value, row.Fence);
            path = _evidence.PathOf(OperationRecords.Sketch(lead.Verb, op, id, row.Start.Value));
            return RowHold.Begun(row with { Trigger = Told(request.Trigger) }, op, lead.Verb, lead.Subject, id, path, BackOffs.Next(row.BackOff.GetValueOrDefault(lead.Key), row.Start.Value, op, lead.Urgent));
        }, ct);
        if (hold is null)
            return new GovernReport { BackingOff = true };

        hold.Pending = path;
        try
        {
            var order = new ResourcePass.Order(request.Trigger, id, lead?.Key, op, request.Rollback ? id : null, request.Look, request.Marks, request.Budget);
            var (report, look) = await _pass.RunAsync(hold, resource, rotator, order, ct);
            Settle(hold, lead, report);
            await hold.CloseAsync(ct);
            await _observations.SeenAsync(look, report, request.Trigger, ct);
            return report;
        }
        catch (AnswerLostException e)
        {
            LogLost(id.ToString(), e.Message);
            return new GovernReport { AnswerLost = true };
        }
        catch (HoldLostException e)
        {
            // What this instance sent last may have landed under its successor: the next sweep looks.
            LogLost(id.ToString(), e.Message);
            await _observations.LookAgainAsync(resource.Id, ct);
            return new GovernReport { AnswerLost = true };
        }
    }

    /// <summary>An attempt that never began its intent leaves none open, and backs off for an hour at most; one with nothing left to do counts for nothing.</summary>
    private static void Settle(RowHold hold, Want? lead, GovernReport report)
    {
        if (hold.Pending is not { } pending || lead is null)
            return;
        hold.Closed(pending, null);
        hold.Pending = null;
        var waits = report.Waiting.Any(wait => wait.Verb == lead.Verb);
        if (lead.Verb == Verbs.Look)
            return;
        if (!waits)
            hold.Clear(lead.Key);
        else
            hold.Soften(lead.Key, hold.Now + TimeSpan.FromHours(1));
    }

    private static string Told(Trigger trigger) => trigger.Type.Length <= 100 ? trigger.Type : trigger.Type[..100];

    [LoggerMessage(2101, LogLevel.Information, "{Credential} is gone or soft-deleted")]
    private partial void LogGone(string credential);

    [LoggerMessage(2102, LogLevel.Warning, "{Resource}: no secret in scope opens it any more, and what an attempt left cannot be told: its row stays open for a person")]
    private partial void LogNobody(string resource);

    [LoggerMessage(2103, LogLevel.Warning, "{Credential}: the row stays open. {Why}")]
    private partial void LogLost(string credential, string why);
}
