using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>Carries one step out: what is only said, or the one that deletes an assignment.</summary>
internal sealed class CurtailmentRunner(IRoleAssignments assignments, IOwnerDirectory directory, ICurtailments curtailments, IEvidenceLog evidence)
{
    private readonly PromisedStep _steps = new(evidence);

    public bool MayCurtail => assignments.MayCurtail;

    /// <param name="hold">The identity's row.</param>
    /// <param name="target">The identity.</param>
    /// <param name="key">Which role.</param>
    /// <param name="move">What is due.</param>
    /// <param name="role">The assignment; null where it is gone.</param>
    /// <param name="note">What is remembered of it; null: nothing.</param>
    /// <param name="trigger">What started it.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<CurtailmentStepDone?> RunAsync(RowHold hold, CurtailmentTarget target, string key, CurtailmentMove move, SeenRole? role, CurtailmentNote? note, Trigger trigger, CancellationToken ct)
    {
        var facts = role?.Assignment.ToFacts() ?? (note is null ? null : (await evidence.ReadAsync(note.Record, ct))?.Record.Assignment);
        if (facts is null)
            return null;
        var record = CurtailmentRecords.Of(move.Verb!, key, target, facts, hold, trigger, move.Why!);
        var (result, path, counts) = move.Verb == CurtailmentVerbs.Curtail ? await CurtailAsync(hold, target, note!, move, role!, record, ct) : await SayAsync(hold, target, move, facts, role, record, ct);
        var fresh = new CurtailmentNote
        {
            Key = key,
            Identity = target.Look.Identity,
            Scope = facts.Scope.ToLowerInvariant(),
            Step = CurtailmentMemory.StepOf(move.Verb!),
            Since = hold.Start,
            Record = path,
            Next = move.Verb == CurtailmentVerbs.Tell ? Until(hold, target) : null,
        };
        return new CurtailmentStepDone(new CurtailmentResult(target.Look.Identity, role?.Assignment.Id, move.Verb!, result, path), counts ? fresh : note);
    }

    private static DateTimeOffset Until(RowHold hold, CurtailmentTarget target) => hold.Start + target.Look.Notice;

    /// <summary>Told, given up, or seen to be there again.</summary>
    private async Task<(string Result, string Path, bool Counts)> SayAsync(RowHold hold, CurtailmentTarget target, CurtailmentMove move, AssignmentFacts facts, SeenRole? role, EvidenceRecord record, CancellationToken ct)
    {
        var (name, app) = (CurtailmentRecords.NameOf(facts, role?.Grant), target.First.Id.Name);
        record = move.Verb switch
        {
            CurtailmentVerbs.Tell => record with
            {
                NotBefore = Until(hold, target),
                Summary = $"The identity of '{app}' has too much: {move.Why} That role is taken away after {Until(hold, target):yyyy-MM-dd HH:mm}Z unless somebody keeps it or makes it narrower.",
            },
            CurtailmentVerbs.Restore => await RestoredAsync(record, name, app, role!.Assignment, ct),
            _ => record with { Summary = $"The end of {name} for the identity of '{app}' is given up: {move.Why}." },
        };
        await hold.RenewAsync(move.Verb!, ct);
        return ("ok", (await evidence.WriteAsync(record, default, ct)).Path, true);
    }

    /// <summary>By whom, as far as Azure and the directory say.</summary>
    private async Task<EvidenceRecord> RestoredAsync(EvidenceRecord record, string name, string app, RoleAssignment assignment, CancellationToken ct)
    {
        Principal? by = null;
        try
        {
            by = assignment.CreatedBy is { } id ? await directory.FindAsync(id, ct) : null;
        }
        catch (ExternalCallException)
        {
            // Then its object id says who.
        }

        var who = by?.Name ?? assignment.CreatedBy;
        return record with
        {
            RequestedBy = assignment.CreatedBy is { } maker ? new PrincipalFacts(by?.Type switch { PrincipalType.Service => "service", PrincipalType.Group => "group", _ => "user" }, maker, by?.Name) : null,
            Summary = $"{name} is there again for the identity of '{app}', made by {who ?? "somebody whom Azure does not name"}{(assignment.Created is { } at ? $" on {at:yyyy-MM-dd HH:mm}Z" : "")}. It is left alone.",
        };
    }

    private async Task<(string Result, string Path, bool Counts)> CurtailAsync(RowHold hold, CurtailmentTarget target, CurtailmentNote note, CurtailmentMove move, SeenRole role, EvidenceRecord record, CancellationToken ct)
    {
        var backOff = BackOffs.Next(hold.Row.BackOff.GetValueOrDefault(BackOffs.Key(CurtailmentVerbs.Curtail, note.Key)), hold.Now, record.Op, urgent: false);
        var (name, app) = (CurtailmentRecords.NameOf(record.Assignment!, role.Grant), target.First.Id.Name);
        var (outcome, path) = await _steps.RunAsync(
            hold,
            new Promise(record.Op, CurtailmentVerbs.Curtail, note.Key, target.First.Id, backOff, record with { Tries = backOff.Tries }, $"take {name} away from the identity of '{app}'", move.Why!.TrimEnd('.')),
            default,
            intent => DeleteAsync(hold, note, record.Assignment!, intent, ct),
            () => $"{name} is taken away from the identity of '{app}'. nhi restore {app} prints the command that makes it again.",
            ct);
        return (outcome.Result, path, outcome is Outcome.Ok);
    }

    private async Task<Outcome> DeleteAsync(RowHold hold, CurtailmentNote note, AssignmentFacts assignment, RecordReference intent, CancellationToken ct)
    {
        try
        {
            // What evidence cannot give back word by word (a text too long, or withheld since it looks like a secret) is not taken.
            if ((await evidence.ReadAsync(intent.Path, ct))?.Record.Assignment != assignment)
                return new Outcome.Blocked("not-whole", "Evidence cannot hold all of the assignment, so nobody could make it again from there. Take it away by hand, or shorten its condition or description.");
            await curtailments.WriteAsync(note with { Attempt = intent.Path }, ct);
            await hold.RenewAsync(CurtailmentVerbs.Curtail, ct);
            if (hold.Latest - hold.Start > RemovalRunner.Fresh)
                return new Outcome.Retry("overtaken", "It was looked at too long ago to act on it: the next run looks again.");
            if (!await assignments.DeleteAsync(assignment.Id, ct))
                return new Outcome.Retry("gone", "Another hand took it away in the same moment.");
        }
        catch (ExternalCallException e) when (!e.MayHaveHappened)
        {
            return e.Transient ? new Outcome.Retry(e.Code ?? "unavailable", e.Message) : new Outcome.Blocked(e.Code ?? "refused", e.Message);
        }

        // The answer says that it is gone; only a look that shows it counts. Else the next holder says what became of it.
        return await assignments.FindAsync(assignment.Id, ct) is null
            ? new Outcome.Ok()
            : throw new ExternalCallException("The role assignment was deleted and is still shown.", mayHaveHappened: true, transient: true, "StillThere");
    }
}

/// <summary>What a step came to, and what is remembered since.</summary>
internal sealed record CurtailmentStepDone(CurtailmentResult Result, CurtailmentNote? Note);
