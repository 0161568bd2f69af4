using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>
/// The wide roles of one identity, under the row of its resource: closes what was left open, looks again, and does what is next then. One step at most a role, and one role at most that is taken away.
/// Notes are written under the row alone, so none is lost.
/// </summary>
internal sealed class CurtailmentPass(CurtailmentLooker looker, CurtailmentRunner runner, Reconciler reconciler, ResourceRows rows, IEvidenceLog evidence, ICurtailments curtailments, IQuarantineBudget budget)
{
    /// <summary>Whether there is an identity to take anything away with.</summary>
    public bool MayCurtail => runner.MayCurtail;

    /// <summary>
    /// Does what is due. Throws <see cref="RowHeldException"/>, <see cref="HoldLostException"/>, <see cref="ExternalCallException"/>, <see cref="EvidenceRefusedException"/>: the next run goes on from what is then true.
    /// </summary>
    public async Task<IReadOnlyList<CurtailmentResult>> RunAsync(ResourceId identity, Trigger trigger, CancellationToken ct)
    {
        var notes = await curtailments.OfAsync(identity, ct);
        if (await looker.LookAsync(identity, notes, null, null, ct) is not { Look.Roles: { } roles } target)
            return [];
        if (!notes.Any(note => note.Attempt is not null) && !Keys(notes, roles).Any(key => Changes(Plan(target.Look, notes, key, Seen(NoteOf(notes, key))), NoteOf(notes, key))))
            return [];
        var hold = (await rows.TakeAsync(identity, rows.LeaseOf(target.Rotator.Kind.SettleWindow), target.First.Id, row => row with { Trigger = trigger.Type, Step = "curtailment" }, ct))!;
        var done = await StepsAsync(hold, target, trigger, ct);
        await hold.CloseAsync(ct);
        return done;
    }

    private async Task<IReadOnlyList<CurtailmentResult>> StepsAsync(RowHold hold, CurtailmentTarget seen, Trigger trigger, CancellationToken ct)
    {
        var identity = seen.Look.Identity;
        var memory = new AttemptMemory();
        await reconciler.CloseAsync(hold, seen.Resource, seen.Rotator, memory, ct);
        var records = await memory.RecordsAsync(evidence, identity, ct);
        var stored = await curtailments.OfAsync(identity, ct);
        var notes = await CurtailmentMemory.MergeAsync(evidence, records, identity, stored, ct);
        if (await looker.LookAsync(identity, notes, records, hold.Start, ct) is not { Look.Roles: { } roles } target)
            return [];
        List<CurtailmentResult> done = [];
        foreach (var key in Keys(notes, roles))
        {
            var note = NoteOf(notes, key);
            var move = Plan(target.Look, notes, key, await CurtailmentMemory.PromisedAsync(evidence, records, note, ct));
            if (move.Verb == CurtailmentVerbs.Curtail)
                move = done.Exists(step => step.Verb == CurtailmentVerbs.Curtail) ? CurtailmentMove.Wait("One role of an identity is taken away in one run.") : await WhyLaterAsync(hold, target.Look, key, ct) ?? move;
            var step = move.Verb is null ? null : await runner.RunAsync(hold, target, key, move, roles.GetValueOrDefault(key), note, trigger, ct);
            if (step is { } told)
                done.Add(told.Result);
            // What a try left in the table is written over, too.
            await NoteAsync(step?.Note ?? note, step is null ? move : CurtailmentMove.Wait(null, step.Note?.Next), step?.Result.Verb == CurtailmentVerbs.Curtail ? null : NoteOf(stored, key), ct);
        }

        return done;
    }

    /// <summary>What binds the step that takes something away.</summary>
    private async Task<CurtailmentMove?> WhyLaterAsync(RowHold hold, CurtailmentLook look, string key, CancellationToken ct)
    {
        if (hold.Row.Unproven)
            return CurtailmentMove.Wait("The tables are not whole (the marker row is missing). Run nhi rebuild.");
        if (hold.Unread is { } unread)
            return CurtailmentMove.Wait($"What an earlier attempt left is not known: {unread.Message}");
        var backOff = hold.Row.BackOff.GetValueOrDefault(BackOffs.Key(CurtailmentVerbs.Curtail, key));
        if (BackOffs.Binds(backOff, hold.Start, urgent: false))
            return CurtailmentMove.Wait("It was tried a while ago, in vain.", backOff!.NotBefore);
        return await budget.TryTakeAsync(look.ADay, hold.Start, ct)
            ? null
            : CurtailmentMove.Wait($"{look.ADay} quarantines on this day: the policy's cap.", new DateTimeOffset(hold.Start.UtcDateTime.Date.AddDays(1), TimeSpan.Zero));
    }

    private static CurtailmentMove Plan(CurtailmentLook look, IReadOnlyList<CurtailmentNote> notes, string key, RemovalNotice? promised) =>
        CurtailmentPlanner.Plan(look, NoteOf(notes, key), promised, look.Roles!.GetValueOrDefault(key));

    /// <summary>What the table remembers of a notice: enough to see that a step may be due. Whether it was taken is asked under the row.</summary>
    private static RemovalNotice? Seen(CurtailmentNote? note) => note?.Next is { } until ? new RemovalNotice(note.Since, until, note.Record) { Taken = note.Since } : null;

    private static IEnumerable<string> Keys(IReadOnlyList<CurtailmentNote> notes, IReadOnlyDictionary<string, SeenRole> roles) => notes.Select(note => note.Key).Union(roles.Keys).Order(StringComparer.Ordinal);

    private static CurtailmentNote? NoteOf(IReadOnlyList<CurtailmentNote> notes, string key) => notes.FirstOrDefault(note => note.Key == key);

    private static bool Changes(CurtailmentMove move, CurtailmentNote? note) => move.Verb is not null || (note is not null && With(note, move) != note);

    private async Task NoteAsync(CurtailmentNote? note, CurtailmentMove move, CurtailmentNote? known, CancellationToken ct)
    {
        if (note is not null && With(note, move) is var fresh && fresh != known)
            await curtailments.WriteAsync(fresh, ct);
    }

    private static CurtailmentNote With(CurtailmentNote note, CurtailmentMove move) => note.Step == CurtailmentStep.Told ? note with { Next = move.Until ?? note.Next, Waiting = move.Why } : note with { Next = null, Waiting = null };
}
