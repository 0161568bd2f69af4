using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>
/// One step at most of one credential's removal, under the row of its resource: closes what was left open, looks again, and does what is next then. Notes are written under the row alone, so none is lost.
/// </summary>
internal sealed class RemovalPass(
    RemovalLooker looker, RemovalRevocation revocation, RemovalRunner runner, Reconciler reconciler, ResourceRows rows, IEvidenceLog evidence, IRemovals removals, IQuarantineBudget budget, FindingDesk desk)
{
    /// <summary>The day (UTC) whose budget said no, and to which cap: whoever waits for the next one is not looked at under its row again.</summary>
    private (DateOnly Day, int Cap)? _spent;

    /// <summary>
    /// Does the next step, if one is due. <paramref name="asked"/>: what a person asks for (quarantine or restore), null for the timer. Throws <see cref="RowHeldException"/>, <see cref="HoldLostException"/>,
    /// <see cref="ExternalCallException"/>, <see cref="EvidenceRefusedException"/>: the next run goes on from what is then true.
    /// </summary>
    public async Task<RemovalResult> RunAsync(CredentialId id, Trigger trigger, string? asked, CancellationToken ct)
    {
        var note = await removals.FindAsync(id, ct);
        if (await looker.LookAsync(id, note?.History ?? RemovalHistory.Nothing, null, asked, ct) is not { } target)
            return new RemovalResult(id, null, null, "There is no such secret, it is soft-deleted, or it is the product's own.", null, note);
        if (target.Look.History.Standing is { Taken: null } told && told.Until <= target.Look.Now)
            target = target with { Look = target.Look with { History = target.Look.History with { Told = await RemovalMemory.TakenAsync(evidence, await evidence.OfResourceAsync(target.Row, ct), told, ct) } } };
        var move = RemovalPlanner.Plan(target.Look);
        if (IsCapped(move, trigger) && _spent is { } spent && spent.Day == DayOf(target.Look.Now) && target.Look.Policy.QuarantinesPerDay <= spent.Cap)
            move = OverCap(target.Look.Policy.QuarantinesPerDay, target.Look.Now);
        if (move.Verb is null && asked is null && !ChangesAlarm(target.Look, move) && NoteOf(target, move, note) == note)
            return new RemovalResult(id, null, null, move.Why, null, note);
        return await UnderRowAsync(target, trigger, held => StepAsync(held, target, trigger, asked, note, ct), ct);
    }

    /// <summary>Whether anybody would hear of a step.</summary>
    public bool IsHeard => looker.IsHeard;

    /// <summary>Whether there is anything to delete with.</summary>
    public bool Deletes => runner.Deletes;

    /// <summary>
    /// Deletes one whose removal has ended. It is done under a row of the secret's own, not its resource's: a crash leaves that row open when the secret is gone, and it can be closed all the same. Throws as <see cref="RunAsync"/>.
    /// </summary>
    public async Task<RemovalResult> DeleteAsync(RemovalNote note, Trigger trigger, CancellationToken ct)
    {
        var id = note.Credential;
        if (await looker.LookAsync(id, note.History, null, null, ct) is not { } seen)
            return new RemovalResult(id, null, null, "It is gone.", null, await GoneAsync(note, ct));
        var move = RemovalPlanner.Deletion(seen.Look);
        if (move.Verb is null)
            return new RemovalResult(id, null, null, move.Why, null, note);
        return await UnderRowAsync(seen with { Rotator = null, Resource = null }, trigger, async hold =>
        {
            await reconciler.CloseAsync(hold, RemovalTarget.RowOf(id), null, null, new AttemptMemory(), ct, ends: true);
            if (await looker.LookAsync(id, note.History, hold.Start, null, ct) is not { } target)
                return new RemovalResult(id, null, null, "It is gone.", null, await GoneAsync(note, ct));
            move = RemovalPlanner.Deletion(target.Look);
            if (move.Verb is not null)
                (target, move) = await looker.ReadAsync(target, ct) is { } read ? (read, RemovalPlanner.Deletion(read.Look)) : (target, Lagging);
            if (move.Verb is null || (move = await WhyLaterAsync(hold, target, move, trigger, new AttemptMemory(), ct) ?? move).Verb is null)
                return new RemovalResult(id, null, null, move.Why, null, note);
            var done = await runner.RunAsync(hold, target with { Rotator = null, Resource = null }, RemovalAttempts.Of(move, target.Look, hold.Start), trigger, revocation, ct);
            return new RemovalResult(id, move.Verb, done.Result, done.Why, done.Record, done.Result == "ok" ? await GoneAsync(note with { Record = done.Record }, ct) : note);
        }, ct);
    }

    /// <summary>Who asks for one step gets no other.</summary>
    private static RemovalMove AsAsked(RemovalMove move, string? asked) => asked is not null && move.Verb != asked ? RemovalMove.Wait(move.Why) : move;

    private static RemovalMove Lagging => RemovalMove.Wait("The list of its versions does not show yet what is current: the next run looks again.");

    private async Task<RemovalNote> GoneAsync(RemovalNote note, CancellationToken ct)
    {
        var gone = note with { Step = RemovalStep.Deleted, Next = null, Waiting = null };
        await removals.WriteAsync(gone, ct);
        return gone;
    }

    /// <summary>What the table remembers of it.</summary>
    public async Task<RemovalHistory> HistoryAsync(CredentialId id, CancellationToken ct) => (await removals.FindAsync(id, ct))?.History ?? RemovalHistory.Nothing;

    /// <summary>Writes down that a person keeps it: the record first, then the note. Throws as <see cref="RunAsync"/>.</summary>
    public async Task<RemovalKeep> KeepAsync(RemovalTarget target, DateTimeOffset until, string by, string why, Trigger trigger, CancellationToken ct) =>
        await UnderRowAsync(target, trigger, async hold =>
        {
            var id = target.Look.Credential.Id;
            var record = RemovalRecords.Of(RemovalVerbs.Keep, RotationId.Op($"{id}\n{trigger.Id}", RemovalVerbs.Keep, hold.Start, hold.Fence), target, hold, trigger, $"{by} keeps '{id.Name}' until {until:yyyy-MM-dd HH:mm}Z: {why}.", [why]);
            var written = await evidence.WriteAsync(record with { Approval = record.Approval! with { Expires = until }, Decision = record.Decision! with { Effect = "deny" } }, default, ct);
            var keep = new RemovalKeep(hold.Start, until, by, why, written.Path);
            var note = await removals.FindAsync(id, ct) ?? new RemovalNote { Credential = id, Resource = target.Row };
            // Said under the row, so it is the last word, also where another one was said in the same second.
            await removals.WriteAsync(note with { History = note.History with { Kept = keep }, Record = written.Path }, ct);
            return keep;
        }, ct);

    private async Task<T> UnderRowAsync<T>(RemovalTarget target, Trigger trigger, Func<RowHold, Task<T>> work, CancellationToken ct)
    {
        var hold = await rows.TakeAsync(target.Row, rows.LeaseOf(target.SettleWindow), target.Look.Credential.Id, row => row with { Trigger = trigger.Type, Step = "removal" }, ct);
        var result = await work(hold!);
        await hold!.CloseAsync(ct);
        return result;
    }

    private async Task<RemovalResult> StepAsync(RowHold hold, RemovalTarget seen, Trigger trigger, string? asked, RemovalNote? note, CancellationToken ct)
    {
        var id = seen.Look.Credential.Id;
        var memory = new AttemptMemory();
        await reconciler.CloseAsync(hold, seen.Row, seen.Resource, seen.Rotator, memory, ct, ends: true);
        note = await removals.FindAsync(id, ct);
        if (await looker.LookAsync(id, await HistoryAsync(hold, seen.Row, id, note, memory, ct), hold.Start, asked, ct) is not { } target || target.Row != seen.Row)
            return new RemovalResult(id, null, null, "It changed while it was looked at.", null, note);
        var move = AsAsked(RemovalPlanner.Plan(target.Look), asked);
        if (move.Verb == RemovalVerbs.Quarantine)
            (target, move) = await looker.ReadAsync(target, ct) is { } read ? (read, AsAsked(RemovalPlanner.Plan(read.Look), asked)) : (target, Lagging);
        if (move.Verb is not null && await WhyLaterAsync(hold, target, move, trigger, memory, ct) is { } later)
            move = later;
        RemovalAttempt? attempt = null;
        if (move.Verb == RemovalVerbs.Revoke)
        {
            (attempt, var instead) = await revocation.NextAsync(target, move, hold.Start, ct);
            move = instead ?? move;
        }

        var alarm = await AlarmAsync(target, move, trigger, ct);
        RemovalStepDone? done = move.Verb switch
        {
            null => null,
            RemovalVerbs.Tell or RemovalVerbs.Drop => await runner.SayAsync(hold, target, move, trigger, ct),
            _ => await runner.RunAsync(hold, target, attempt ?? RemovalAttempts.Of(move, target.Look, hold.Start), trigger, revocation, ct),
        };
        var noted = await NoteAsync(target, move, done, note, ct);
        // What came back comes back although nobody could be told; that is tried again by whoever asks next.
        if (alarm is not null)
            throw alarm;
        return new RemovalResult(id, move.Verb, done?.Result, done?.Why ?? move.Why, done?.Record, noted);
    }

    /// <summary>What was said: as the table remembers it and as evidence does. A notice counts where its record is there.</summary>
    private async Task<RemovalHistory> HistoryAsync(RowHold hold, ResourceId row, CredentialId id, RemovalNote? note, AttemptMemory memory, CancellationToken ct)
    {
        var records = await memory.RecordsAsync(evidence, row, ct);
        var history = (note?.History ?? RemovalHistory.Nothing).With(await RemovalMemory.ReadAsync(evidence, records, id, ct));
        if (history.Standing is not { } told)
            return history;
        var isThere = await RemovalMemory.NoticeAsync(evidence, told.Record, id, ct) == told with { Taken = null };
        return history with { Told = isThere ? await RemovalMemory.TakenAsync(evidence, records, told, ct) : null };
    }

    /// <summary>What binds a step that takes something away. What gives something back is bound by nothing.</summary>
    private async Task<RemovalMove?> WhyLaterAsync(RowHold hold, RemovalTarget target, RemovalMove move, Trigger trigger, AttemptMemory memory, CancellationToken ct)
    {
        if (move.Verb == RemovalVerbs.Restore)
            return null;
        if (hold.Row.Unproven)
            return RemovalMove.Wait("The tables are not whole (the marker row is missing). Run nhi rebuild.");
        if (hold.Unread is { } unread)
            return RemovalMove.Wait($"What an earlier attempt left is not known: {unread.Message}");
        var key = BackOffs.Key(move.Verb!, target.Look.Credential.Id.ToString());
        if (trigger.By is null && BackOffs.Binds(hold.Row.BackOff.GetValueOrDefault(key), hold.Start, urgent: false))
            return RemovalMove.Wait("It was tried a while ago, in vain.", hold.Row.BackOff[key].NotBefore);
        if (move.Verb is RemovalVerbs.Revoke or RemovalVerbs.Delete && !await RemovalMemory.VouchesAsync(evidence, await memory.RecordsAsync(evidence, target.Row, ct), target.Look.Credential.Id, target.Look.Tag!, ct))
            return RemovalMove.Wait($"Evidence knows nothing of the quarantine that its tag {RemovalTag.Name} claims: another hand wrote the tag, or the index is lost (nhi rebuild). Enable its current version in the vault, or take the tag away.");
        if (!IsCapped(move, trigger) || await budget.TryTakeAsync(target.Look.Policy.QuarantinesPerDay, hold.Start, ct))
            return null;
        _spent = (DayOf(hold.Start), target.Look.Policy.QuarantinesPerDay);
        return OverCap(target.Look.Policy.QuarantinesPerDay, hold.Start);
    }

    private static bool IsCapped(RemovalMove move, Trigger trigger) => move is { Verb: RemovalVerbs.Quarantine, Begun: false } && trigger.By is null;

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static RemovalMove OverCap(int cap, DateTimeOffset at) => RemovalMove.Wait($"{cap} quarantines on this day: the policy's cap.", new DateTimeOffset(at.UtcDateTime.Date.AddDays(1), TimeSpan.Zero));

    private async Task<Exception?> AlarmAsync(RemovalTarget target, RemovalMove move, Trigger trigger, CancellationToken ct)
    {
        if (!ChangesAlarm(target.Look, move))
            return null;
        try
        {
            await desk.TellAsync(target.Look.Credential.Id.ToString(), move.Reads.Count > 0 ? [RemovalRecords.ReadInQuarantine(target, move.Reads)] : [], new HashSet<string> { SignalNames.ReadInQuarantine }, trigger, target.Look.Now, ct);
            return null;
        }
        catch (Exception e) when (e is EvidenceRefusedException or ExternalCallException { MayHaveHappened: false })
        {
            return e;
        }
    }

    /// <summary>Raised once by what was read. It ends when a person keeps the credential, or when it lay unused once more.</summary>
    private static bool ChangesAlarm(RemovalLook look, RemovalMove move) => look.Findings.FirstOrDefault(finding => finding.Signal == SignalNames.ReadInQuarantine) is { } known
        ? move.Reads.Count == 0 && look.Tag is null && (look.History.Kept?.At >= known.FirstSeen || look.History.Restored + look.Policy.UnusedAfter <= look.Now)
        : move.Reads.Count > 0;

    private async Task<RemovalNote?> NoteAsync(RemovalTarget target, RemovalMove move, RemovalStepDone? done, RemovalNote? note, CancellationToken ct)
    {
        var look = target.Look with { History = target.Look.History.With(done?.History ?? RemovalHistory.Nothing), Credential = done?.Credential ?? target.Look.Credential, Asked = null };
        var after = target with { Look = look };
        var fresh = NoteOf(after, done is null ? move : RemovalPlanner.Plan(look) with { Verb = null }, note, done?.Record);
        if (fresh is not null && fresh != note)
            await removals.WriteAsync(fresh, ct);
        return fresh;
    }

    /// <summary>Null where there is nothing to remember.</summary>
    private static RemovalNote? NoteOf(RemovalTarget target, RemovalMove move, RemovalNote? known, string? record = null)
    {
        var (look, history) = (target.Look, target.Look.History);
        // Who brings back what was deleted wants to look at it: it is not deleted again.
        var (step, since) = known?.Step == RemovalStep.Deleted && look.Tag?.Step == RemovalStep.Removed ? (RemovalStep.Deleted, known.Since)
            : look.Tag is { } tag ? (tag.Step, tag.At) : history.Standing is { } told ? (RemovalStep.Told, told.At) : (RemovalStep.None, (DateTimeOffset?)null);
        if (known is null && step == RemovalStep.None && history == RemovalHistory.Nothing)
            return null;
        return new RemovalNote
        {
            Credential = look.Credential.Id,
            Resource = target.Row,
            Step = step,
            Since = since,
            Next = move.Until,
            Waiting = step is RemovalStep.None || move.Verb is not null ? null : move.Why,
            Record = record ?? known?.Record,
            History = history,
        };
    }
}
