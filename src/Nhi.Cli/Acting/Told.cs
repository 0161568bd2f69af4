using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;

namespace Nhi.Cli.Acting;

/// <summary>What became of what a person asked for, as an answer.</summary>
internal static class Told
{
    public static Answer Of(EmergencyReport report)
    {
        var state = report.Ended ? "ended" : report.NeedsPerson ? "needs a person" : "going on";
        var shape = new EmergencyShape(
            report.Credential.ToString(), report.Version, report.Handle, report.ValueKnown, report.Record, report.Tagged, report.Ended, report.NeedsPerson,
            [.. report.Done.Select(DoneShape.Of)], [.. report.Waiting.Select(WaitingShape.Of)], report.Notes);
        List<string> lines = [$"{report.Credential} version {report.Version} is marked as compromised: {state}", $"  record: {report.Record}", .. Lines(report.Done, report.Waiting), .. report.Notes.Select(note => "  ! " + note)];
        if (!report.Ended && !report.NeedsPerson)
            lines.Add("  The timers go on until it is dead. Watch it with nhi show.");
        return new Answer(shape, [Block.Lines(lines)], report.Ended ? ExitCode.Fine : report.NeedsPerson ? ExitCode.Human : ExitCode.Findings);
    }

    public static Answer Of(CredentialId id, GovernReport report)
    {
        var outcome = report.Done.Where(done => done.Plan.Verb == Verbs.Rollback).Select(done => done.Outcome).LastOrDefault();
        var shape = new RollbackShape(id.ToString(), outcome?.Result, report.AnswerLost, [.. report.Done.Select(DoneShape.Of)], [.. report.Waiting.Select(WaitingShape.Of)]);
        var first = outcome is Outcome.Ok ? $"{id} is rolled back"
            : report.AnswerLost ? $"{id}: an answer was lost. The timers find out what became of it; nhi show tells."
            : $"{id} is not rolled back: {outcome?.Error?.Message ?? "nothing was done"}";
        var exit = outcome switch
        {
            Outcome.Ok => ExitCode.Fine,
            Outcome.Blocked or Outcome.Denied => ExitCode.Human,
            null when report.AnswerLost => ExitCode.Findings,
            _ => ExitCode.Failed,
        };
        return new Answer(shape, [Block.Lines([first, .. Lines(report.Done, report.Waiting)])], exit);
    }

    public static Answer Of(Adoption adoption) => new(
        new AdoptShape(adoption.Credential.ToString(), adoption.Resource, adoption.Version, adoption.Handle, adoption.Version is null, adoption.Record),
        [Block.Lines(
            adoption.Version is { } version ? $"{adoption.Credential} version {version} opens {adoption.Handle}" : $"{Handle.Place(adoption.Handle)} of {adoption.Resource} is free while it holds what it holds now",
            $"  record: {adoption.Record}")]);

    public static Answer Of(string what, Pause pause) => new(
        new PausedShape(pause.Scope, what, pause.By, pause.Reason, pause.Since, pause.Until, pause.Record),
        [Block.Lines($"{(pause.Scope == PauseDesk.Everything ? "everything" : pause.Scope)} is {what}{(what == "paused" ? pause.Until is { } until ? $" until {Screen.At(until)}" : " until nhi resume" : "")}")]);

    public static Answer Of(string what, DebtNote note) => new(
        new HoldShape(note.Credential?.ToString(), note.Resource.Value, note.Handle, what, note.HeldUntil, note.HeldBy, note.HeldWhy),
        [Block.Lines($"{note.Handle} of {note.Resource} is {what}{(note.HeldUntil is { } until ? $" until {Screen.At(until)}" : "")}")]);

    public static Answer OfTiles(IReadOnlyDictionary<string, long> leaves) =>
        new(new TilesShape(leaves), [Block.Lines([.. leaves.Select(log => $"{log.Key}: tiles of {log.Value} leaves")])]);

    public static Answer Of(RebuildReport report, bool tables)
    {
        var shape = new RebuildShape(report.Leaves, report.Secrets, report.Rows, report.Pauses, report.Holds, report.Removals, report.OpenIntents, report.Ready, report.Failures);
        List<string> lines = [.. report.Leaves.Select(log => $"{log.Key}: {log.Value} records indexed")];
        if (tables)
        {
            lines.Add($"{report.Secrets} secrets listed, {report.Rows} rows made, {report.Pauses} pauses, {report.Holds} holds, {report.Removals} removals, {report.OpenIntents} open intents");
            lines.Add(report.Ready ? "The marker row is written: rows that were made count as held for one lease." : "The marker row is NOT written, since not everything could be read. See to that (or take the vault out of the settings), then run nhi rebuild again.");
        }

        lines.AddRange(report.Failures.Select(failure => "  ! " + failure));
        return new Answer(shape, [Block.Lines(lines)], report.Failures.Count > 0 ? ExitCode.Human : ExitCode.Fine);
    }

    private static IEnumerable<string> Lines(IReadOnlyList<(Plan Plan, Outcome Outcome)> done, IReadOnlyList<Waiting> waiting) =>
        done.Select(one => $"  {one.Plan.Verb} {one.Plan.Credential.Name}: {one.Outcome.Result}{(one.Outcome.Error is { } error ? ", " + error.Message : "")}")
            .Concat(waiting.Select(wait => $"  waits: {wait.Verb} {wait.Credential.Name}: {wait.Why} {wait.Remedy}".TrimEnd()));
}
