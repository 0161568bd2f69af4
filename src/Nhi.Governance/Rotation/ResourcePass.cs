using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Emergency;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation.Planning;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>
/// One pass over a resource under its row: closes what was left open, looks, carries out one plan after the other (each with its own evidence), looks again, until nothing is due.
/// </summary>
internal sealed partial class ResourcePass(
    Reconciler reconciler, ResourceLooker looker, StepRunner steps, IEvidenceLog evidence, IDebts debts, IStaging staging, IUseSignal use, IMintBudget mints, IPauses pauses, LeaseScale scale, ILogger<ResourcePass> logger)
{
    /// <summary>The signal of what waits because an intent that somebody left cannot be read.</summary>
    private const string Unread = "evidence-unread";
    private readonly Repeats _repeats = new(evidence);

    /// <summary>What an attempt is asked for beyond what the policy wants.</summary>
    public sealed record Order(Trigger Trigger, CredentialId? Credential, string? LeadKey, string? LeadOp, CredentialId? Rollback, bool Look, IReadOnlyList<CompromiseMark> Marks, RunBudget Budget);

    /// <summary>Throws <see cref="AnswerLostException"/>, <see cref="HoldLostException"/>, <see cref="EvidenceRefusedException"/>, <see cref="ExternalCallException"/>: the row then stays as it is.</summary>
    public async Task<(GovernReport Report, ResourceLook Look)> RunAsync(RowHold hold, GovernedResource resource, IRotator rotator, Order order, CancellationToken ct)
    {
        var memory = new AttemptMemory { Unproven = hold.Row.Unproven };
        var reconciled = await reconciler.CloseAsync(hold, resource, rotator, memory, ct);
        var done = new List<(Plan, Outcome)>();
        var tried = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<Sighting>();
        while (true)
        {
            var look = await LookAsync(resource, rotator, hold, order, memory, ct);
            seen.UnionWith(Sighting.Of(look));
            var waiting = new List<Waiting>();
            if (await NextAsync(look, hold, order, tried, waiting, ct) is not { } plan)
            {
                // Nothing was done, and what is due comes again.
                if (done.Count == 0 && waiting.Any(wait => wait.Signal == Unread))
                    throw hold.Unread!;
                await NoteAsync(look, waiting, ct);
                if (order.Look)
                    await PutAwayLateAsync(look, hold, ct);
                return (new GovernReport { Done = done, Waiting = waiting, Reconciled = reconciled, Sightings = seen }, look);
            }

            tried.Add(plan.Key);
            tried.Add(Once(plan));
            var outcome = await CarryOutAsync(plan with { Owner = look.OwnerOf(plan.Credential) }, hold, look, order, memory, ct);
            done.Add((plan, outcome));
            if (plan.Kills && !plan.Urgent)
                order.Budget.Killed();
        }
    }

    /// <summary>Says what became of what was left open on a row that no governed secret leads to.</summary>
    public Task<int> CloseBareAsync(RowHold hold, ResourceId row, CancellationToken ct) => reconciler.CloseAsync(hold, row, null, null, new AttemptMemory(), ct);

    private Task<ResourceLook> LookAsync(GovernedResource resource, IRotator rotator, RowHold hold, Order order, AttemptMemory memory, CancellationToken ct)
    {
        memory.Begin(hold.Now, hold.Latest);
        return looker.LookAsync(resource, rotator, order.Credential, memory, order.Marks, hold.Row.FirstSeen, ct);
    }

    /// <summary>For an attempt that slept or waited since it looked: a person may have rotated by hand under the row that nobody took. Null when its plan is not what would begin now.</summary>
    private async Task<ResourceLook?> LookAgainAsync(Plan plan, IRotator rotator, RowHold hold, Order order, AttemptMemory memory, CancellationToken ct)
    {
        var look = await LookAsync(plan.Resource, rotator, hold, order, memory, ct);
        if (PlanOrder.Of(look, order.Rollback).FirstOrDefault(proposal => proposal.Plan?.DoesAs(plan) == true)?.Plan is not { } again)
            return null;
        var paused = again.Urgent ? null : await pauses.CurrentAsync(ct);
        return (await JudgeAsync(again, look, hold, order, paused, ct, looksAgain: true)).Later is null ? look : null;
    }

    /// <summary>What a pass would do, without the row and without an effect.</summary>
    public async Task<DryRun> DryRunAsync(GovernedResource resource, IRotator rotator, CredentialId id, Policies.EffectivePolicy policy, CancellationToken ct)
    {
        var look = await looker.LookAsync(resource, rotator, id, new AttemptMemory(), [], DateTimeOffset.MinValue, ct);

        // A rule that only observes is planned as if it enforced: that is what the team wants to see before it lets it.
        look = look with { Secrets = [.. look.Secrets.Select(secret => secret with { Policy = secret.Policy with { Enforced = true } })] };
        var proposals = PlanOrder.Of(look).Where(proposal => (proposal.Plan?.Credential ?? proposal.Waiting!.Credential) == id).ToList();
        return new DryRun(id, policy, [.. proposals.Select(proposal => proposal.Plan).OfType<Plan>()], [.. proposals.Select(proposal => proposal.Waiting).OfType<Waiting>()], null);
    }

    /// <summary>
    /// What a pass does once at most. A publication gives the secret another R, so what publishes is counted by its secret: else a rollback would roll itself back, in a circle.
    /// </summary>
    private static string Once(Plan plan) =>
        plan.Verb is Verbs.Rollback or Verbs.Follow or Verbs.Repair || (plan.Verb == Verbs.Rotate && !plan.Urgent) ? $"{plan.Verb} {plan.Credential}" : plan.Key;

    /// <summary>The first plan that may begin now; what has to wait is told.</summary>
    private async Task<Plan?> NextAsync(ResourceLook look, RowHold hold, Order order, HashSet<string> tried, List<Waiting> waiting, CancellationToken ct)
    {
        IReadOnlyList<Pause>? paused = null;
        foreach (var proposal in PlanOrder.Of(look, order.Rollback))
        {
            if (proposal.Waiting is { } wait)
            {
                waiting.Add(wait);
                continue;
            }

            var plan = proposal.Plan!;
            if (tried.Contains(plan.Key) || tried.Contains(Once(plan)) || (hold.Row.Unproven && !plan.Urgent))
                continue;
            if (hold.Unread is { } unread && !plan.Urgent)
            {
                waiting.Add(new Waiting(plan.Credential, plan.Verb, plan.Subject, Unread, $"What an earlier attempt left is not known: {unread.Message}"));
                continue;
            }

            // Who marks a value now does not wait for what was tried before the mark.
            if (plan.Key != order.LeadKey && !(plan.Urgent && order.Marks.Count > 0) && BackOffs.Binds(hold.Row.BackOff.GetValueOrDefault(plan.Key), hold.Now, plan.Urgent))
            {
                waiting.Add(new Waiting(plan.Credential, plan.Verb, plan.Subject, "backing-off", "It was tried a moment ago.", null, hold.Row.BackOff[plan.Key].NotBefore));
                continue;
            }

            paused ??= plan.Urgent ? null : await pauses.CurrentAsync(ct);
            var (later, judged) = await JudgeAsync(plan, look, hold, order, paused, ct);
            if (later is null)
                return judged;
            waiting.Add(later);
        }

        return null;
    }

    /// <summary>Pause, windows, freezes, caps and known use bind what has not begun; nothing binds what is urgent. A kill that may begin says what is known of the use of what it kills.</summary>
    private async Task<(Waiting? Later, Plan Plan)> JudgeAsync(Plan plan, ResourceLook look, RowHold hold, Order order, IReadOnlyList<Pause>? paused, CancellationToken ct, bool looksAgain = false)
    {
        if (plan.Urgent)
            return (null, plan);
        (Waiting?, Plan) Later(string signal, string why, string? remedy = null, DateTimeOffset? until = null) => (new Waiting(plan.Credential, plan.Verb, plan.Subject, signal, why, remedy, until), plan);

        var asked = plan.Verb == Verbs.Rollback;

        // A cutover is begun while its staged value works and the published one does not: its plan is urgent. An intent alone says nothing, for a refused one is set back (H20).
        var begun = plan.Verb == Verbs.Rotate && look.Overlap != OverlapClass.Cutover && look.Records.Any(record => record.Rotation == plan.Subject && record.Action == Verbs.Action(Verbs.Rotate));
        if (!begun)
        {
            if (paused?.FirstOrDefault(pause => pause.Covers(plan.Credential, look.Now)) is { } pause && !asked)
                return Later(Waiting.Paused, $"Paused by {pause.By}: {pause.Reason}", "Lift it: nhi resume.", pause.Until);
            if ((plan.Mints || plan.Kills) && !asked && !plan.Policy.MayBegin(look.Now))
                return Later("outside-window", "It may not begin now: a window is not open, or a freeze is in force.");
        }

        LastUse? last = plan.Kills ? await use.LastUseAsync(look.Resource, plan.Subject, Superseded(look, plan.Subject), ct) : null;
        if (last is not null && Used(plan, look, last) is { } used)
            return Later("in-use", used);
        if (plan.Kills && !order.Budget.Allows(plan.Policy))
            return Later("kill-cap", $"{order.Budget.Kills} kills in this run: as many as it may make. The next one goes on.");
        // Who looks again has taken it: the mint is this one.
        if (plan.Mints && !begun && !looksAgain && !await mints.TryTakeAsync(plan.Policy.MintsPerHour, look.Now, ct))
            return Later("mint-cap", $"{plan.Policy.MintsPerHour} mints in this hour: the policy's cap.", until: look.Now + TimeSpan.FromHours(1));
        return (null, last is not null && (plan.OwedUntil is not null || plan.Verb == Verbs.Retire) ? plan with { Reasons = [.. plan.Reasons, Known(last)] } : plan);
    }

    /// <summary>How far it is known that nobody uses it: where nobody reports use, only the overlap protects, and the record says so.</summary>
    private static string Known(LastUse last)
    {
        var until = last.Until is { } to ? $" up to {to:yyyy-MM-dd HH:mm}Z" : "";
        return !last.Reported ? last.Until is null ? "nobody reports its use: only the overlap protected it" : $"{last.Source}, known{until}, does not show all of the time since it was superseded: only the overlap protected it"
            : last.At is { } at ? $"{last.Source} saw it used last at {at:yyyy-MM-dd HH:mm}Z, and quiet since{until}"
            : $"{last.Source} shows no use since it was superseded{until}";
    }

    private static string? Used(Plan plan, ResourceLook look, LastUse last)
    {
        var lag = look.Rotator.Kind.UseLag ?? TimeSpan.Zero;
        var quiet = plan.Policy.QuietPeriod > lag ? plan.Policy.QuietPeriod : lag;
        return last.Reported && last.At is { } at && at + quiet > (last.Until < look.Now ? last.Until.Value : look.Now) ? $"{last.Source} saw it used at {at:yyyy-MM-dd HH:mm}Z; it is left alone for {quiet} after a use." : null;
    }

    private static List<SupersededVersion> Superseded(ResourceLook look, string subject) =>
    [
        .. look.Secrets.SelectMany(secret => secret.Credential.Versions
            .Where(version => (look.Overlap == OverlapClass.Retire ? version.Version : secret.HandleOf(version)) == subject)
            .Select(version => (version, at: secret.Credential.SupersededAt(version)))
            .Where(pair => pair.at is not null)
            .Select(pair => new SupersededVersion(secret.Id, pair.version.Version, pair.at!.Value))),
    ];

    private async Task<Outcome> CarryOutAsync(Plan plan, RowHold hold, ResourceLook look, Order order, AttemptMemory memory, CancellationToken ct)
    {
        var rules = new WriteRules(MayFallBack: plan.Urgent || plan.Verb is Verbs.Revoke or Verbs.Clean or Verbs.Retire);
        var (op, intent, location) = await BeginAsync(plan, rules, hold, order, memory, ct);
        var backOff = hold.Row.BackOff[plan.Key];
        LogBegun(plan.Verb, plan.Credential.ToString(), op);

        var progress = new Progress(look, again => LookAgainAsync(plan, look.Rotator, hold, order, memory, again));
        Outcome outcome;
        try
        {
            outcome = await steps.RunAsync(plan, op, hold, progress, memory, ct);
        }
        catch (ExternalCallException e) when (e.MayHaveHappened)
        {
            throw new AnswerLostException($"An answer was lost while working on {plan.Credential}: the next holder of its row says what became of it.", e);
        }

        if (look.Overlap == OverlapClass.Cutover && plan.Mints)
            hold.Settle(hold.Now + (Reconciler.SettleTime * scale.Factor));
        await EndAsync(plan, op, intent, location, outcome, progress, rules, hold, order, memory, ct);
        if (outcome is Outcome.Ok && plan.Steps.Any(step => step is StageValue or TakeStaged))
            await PutAwayAsync(plan.Subject, progress.Staged, ct);
        LogEnded(plan.Verb, plan.Credential.ToString(), op, outcome.Result);
        return outcome;
    }

    /// <summary>Names the attempt on the row, then promises it; one that only repeats what failed goes on under the intent that covers it.</summary>
    private async Task<(string Op, RecordReference Intent, string? Location)> BeginAsync(Plan plan, WriteRules rules, RowHold hold, Order order, AttemptMemory memory, CancellationToken ct)
    {
        var covering = await _repeats.CoveringAsync(plan, hold, order.Trigger, ct);
        var place = plan.Target is { } target ? Handle.Place(target) : null;
        // What an earlier attempt left on a place is told by the newest one's records: no older attempt goes on there.
        foreach (var (key, parked) in hold.Parked)
            if (key == plan.Key ? covering is null : parked.Place is { } held && held == place)
                await _repeats.EndAsync(key, hold, memory, ct);

        var op = RotationId.Op(plan.Subject, plan.Verb, hold.Start, hold.Fence);
        var path = evidence.PathOf(OperationRecords.Sketch(plan.Verb, op, plan.Credential, hold.Start));
        var counted = order.LeadOp == op && hold.Row.Op == op && hold.Row.OpenIntents.Contains(path);
        var backOff = counted ? hold.Row.BackOff[plan.Key] : BackOffs.Next(hold.Row.BackOff.GetValueOrDefault(plan.Key), hold.Now, op, plan.Urgent);
        if (covering is not null)
        {
            var roll = backOff.Streak!.Roll!;
            hold.Closed(path, null);
            await hold.BeginAsync(roll.Op, plan.Verb, plan.Subject, plan.Credential, roll.Intent, backOff with { Streak = backOff.Streak with { Roll = roll with { Tries = roll.Tries + 1, Last = hold.Start } } }, ct);
            Begun(path);
            return (roll.Op, new RecordReference(roll.Intent, covering.Sha256), covering.Record.Location);
        }

        var rolls = Repeats.MayRoll(backOff, hold.Start, order.Trigger);
        if (rolls)
            backOff = backOff with { Streak = backOff.Streak! with { Roll = new Roll(path, op, hold.Start, hold.Fence, plan.Fingerprint(), place, 1, hold.Start) } };
        if (!counted || rolls)
            await hold.BeginAsync(op, plan.Verb, plan.Subject, plan.Credential, path, backOff, ct);
        var promise = OperationRecords.Intent(plan, op, hold, order.Trigger, rolls ? backOff : backOff with { Streak = null });
        var intent = await evidence.WriteAsync(promise, rules, ct);
        memory.Wrote(promise, intent.Path);
        Begun(path);
        if (intent.Path != path)
            hold.Moved(path, intent.Path);
        return (op, intent, null);

        void Begun(string pending)
        {
            if (hold.Pending == pending)
                hold.Pending = null;
        }
    }

    /// <summary>Says how it ended; after one that ended as those before it, and changed nothing, its intent waits for the next try of its day.</summary>
    private async Task EndAsync(
        Plan plan, string op, RecordReference intent, string? location, Outcome outcome, Progress progress, WriteRules rules, RowHold hold, Order order, AttemptMemory memory, CancellationToken ct)
    {
        var backOff = hold.Row.BackOff[plan.Key];
        var roll = hold.RollOf(intent.Path).Roll;
        var alike = outcome is Outcome.Ok || progress.Changed ? null : Repeats.Alike(outcome);
        var streak = alike is null ? null : backOff.Streak is { } before && before.Alike == alike ? before with { Count = before.Count + 1 } : new Streak(alike, outcome.Result, 1, "");
        if (roll is not null && streak is { Count: > 1 } && backOff.NotBefore < roll.Until)
        {
            hold.Ended(plan.Key, streak);
            hold.Park(intent.Path);
            return;
        }

        var result = OperationRecords.Outcome(plan, op, hold, roll, order.Trigger, backOff, intent, outcome, progress) with { Location = location };
        var written = await evidence.WriteAsync(result, rules, ct);
        memory.Wrote(result, written.Path);
        hold.Closed(intent.Path, written.Path, outcome is Outcome.Ok ? plan.Key : null);
        // An intent of other tries that could not be closed yet is not forgotten.
        if (outcome is not Outcome.Ok && hold.Row.BackOff[plan.Key].Streak?.Roll is null)
            hold.Ended(plan.Key, streak is null ? null : streak with { Said = streak.Said.Length == 0 ? written.Path : streak.Said, Roll = null });
    }

    /// <summary>
    /// A host that slept as it staged a value may have written it when it woke, after another one had ended the rotation and put its own away: no fence stops that.
    /// What is published works and nobody is at it: nothing needs what is staged under the rotation that made it.
    /// </summary>
    private async Task PutAwayLateAsync(ResourceLook look, RowHold hold, CancellationToken ct)
    {
        if (look.Overlap is not (OverlapClass.Pair or OverlapClass.Cutover) || hold.Row.OpenIntents.Count > 0)
            return;
        foreach (var secret in look.Secrets.Where(secret => secret.Verdict.Verification == Verification.Accepted))
            if (secret.Current.Nhi?.Rotation is { } rotation)
                await PutAwayAsync(rotation, only: null, ct);
    }

    private async Task PutAwayAsync(string rotation, string? only, CancellationToken ct)
    {
        try
        {
            await staging.PutAwayAsync(rotation, only, ct);
        }
        catch (ExternalCallException e)
        {
            LogStagedStays(rotation, e.Message);
        }
    }

    /// <summary>Notes when a leftover was first seen and why a debt waits: nothing else outlives the look.</summary>
    private async Task NoteAsync(ResourceLook look, List<Waiting> waiting, CancellationToken ct)
    {
        var seen = LeftoverPlanner.Seen(look);
        foreach (var handle in seen.Where(handle => LeftoverPlanner.Since(look, handle, look.Notes.FirstOrDefault(note => note.Handle == handle)) is null))
            await debts.ChangeAsync(look.Resource.Id, handle, note => note with { LeftoverSince = look.Now }, ct);
        foreach (var known in look.Notes.Where(note => note.LeftoverSince is not null && !seen.Contains(note.Handle)))
            await debts.ChangeAsync(look.Resource.Id, known.Handle, note => note with { LeftoverSince = null, LastLook = look.Now }, ct);
        foreach (var wait in waiting.Where(wait => wait.Verb is Verbs.Revoke or Verbs.Clean && wait.Signal != "backing-off"))
            if (look.Notes.FirstOrDefault(note => note.Handle == wait.Subject)?.Waiting != wait.Why)
                await debts.ChangeAsync(look.Resource.Id, wait.Subject, note => note with { Credential = wait.Credential, Waiting = wait.Why, LastLook = look.Now }, ct);
    }

    [LoggerMessage(2001, LogLevel.Information, "Begin {Verb} of {Credential}, op {Op}")]
    private partial void LogBegun(string verb, string credential, string op);

    [LoggerMessage(2002, LogLevel.Information, "End {Verb} of {Credential}, op {Op}: {Result}")]
    private partial void LogEnded(string verb, string credential, string op, string result);

    [LoggerMessage(2003, LogLevel.Warning, "The staged value of rotation {Rotation} could not be put away: {Why}")]
    private partial void LogStagedStays(string rotation, string why);
}
