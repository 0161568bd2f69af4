using System.Text.Json.Nodes;
using Nhi.Cli.Output;
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
        var json = new JsonObject
        {
            ["credential"] = report.Credential.ToString(),
            ["version"] = report.Version,
            ["handle"] = report.Handle,
            ["valueKnown"] = report.ValueKnown,
            ["record"] = report.Record,
            ["tagged"] = report.Tagged,
            ["ended"] = report.Ended,
            ["needsPerson"] = report.NeedsPerson,
            ["done"] = Screen.Array(report.Done.Select(Json)),
            ["waiting"] = Screen.Array(report.Waiting.Select(Json)),
            ["notes"] = Screen.Array(report.Notes),
        };
        List<string> lines = [$"{report.Credential} version {report.Version} is marked as compromised: {state}", $"  record: {report.Record}", .. Lines(report.Done, report.Waiting), .. report.Notes.Select(note => "  ! " + note)];
        if (!report.Ended && !report.NeedsPerson)
            lines.Add("  The timers go on until it is dead. Watch it with nhi show.");
        return new Answer(json, [Block.Lines(lines)], report.Ended ? ExitCode.Fine : report.NeedsPerson ? ExitCode.Human : ExitCode.Findings);
    }

    public static Answer Of(CredentialId id, GovernReport report)
    {
        var outcome = report.Done.Where(done => done.Plan.Verb == Verbs.Rollback).Select(done => done.Outcome).LastOrDefault();
        var json = new JsonObject
        {
            ["credential"] = id.ToString(),
            ["result"] = outcome?.Result,
            ["answerLost"] = report.AnswerLost,
            ["done"] = Screen.Array(report.Done.Select(Json)),
            ["waiting"] = Screen.Array(report.Waiting.Select(Json)),
        };
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
        return new Answer(json, [Block.Lines([first, .. Lines(report.Done, report.Waiting)])], exit);
    }

    public static Answer Of(Adoption adoption) => new(
        new JsonObject { ["credential"] = adoption.Credential.ToString(), ["resource"] = adoption.Resource, ["version"] = adoption.Version, ["handle"] = adoption.Handle, ["free"] = adoption.Version is null, ["record"] = adoption.Record },
        [Block.Lines(
            adoption.Version is { } version ? $"{adoption.Credential} version {version} opens {adoption.Handle}" : $"{Handle.Place(adoption.Handle)} of {adoption.Resource} is free while it holds what it holds now",
            $"  record: {adoption.Record}")]);

    public static Answer Of(string what, Pause pause) => new(
        new JsonObject { ["scope"] = pause.Scope, ["state"] = what, ["by"] = pause.By, ["reason"] = pause.Reason, ["since"] = pause.Since, ["until"] = pause.Until, ["record"] = pause.Record },
        [Block.Lines($"{(pause.Scope == PauseDesk.Everything ? "everything" : pause.Scope)} is {what}{(what == "paused" ? pause.Until is { } until ? $" until {Screen.At(until)}" : " until nhi resume" : "")}")]);

    public static Answer Of(string what, DebtNote note) => new(
        new JsonObject { ["credential"] = note.Credential?.ToString(), ["resource"] = note.Resource.Value, ["handle"] = note.Handle, ["state"] = what, ["heldUntil"] = note.HeldUntil, ["heldBy"] = note.HeldBy, ["reason"] = note.HeldWhy },
        [Block.Lines($"{note.Handle} of {note.Resource} is {what}{(note.HeldUntil is { } until ? $" until {Screen.At(until)}" : "")}")]);

    public static Answer Of(IndexDifference difference) => new(
        new JsonObject { ["equal"] = difference.IsEqual, ["rows"] = difference.Rows, ["missing"] = difference.Missing, ["different"] = difference.Different, ["extra"] = difference.Extra, ["examples"] = Screen.Array(difference.Examples) },
        [Block.Lines([
            difference.IsEqual ? $"The index is what the containers give: {difference.Rows} rows." : $"The index differs from the containers: {difference.Missing} missing, {difference.Different} different, {difference.Extra} extra of {difference.Rows} rows. Run nhi rebuild --index.",
            .. difference.Examples.Select(example => "  " + example)])],
        difference.IsEqual ? ExitCode.Fine : ExitCode.Findings);

    public static Answer OfTiles(IReadOnlyDictionary<string, long> leaves)
    {
        var json = new JsonObject();
        foreach (var (log, count) in leaves)
            json[log] = count;
        return new Answer(new JsonObject { ["leaves"] = json }, [Block.Lines([.. leaves.Select(log => $"{log.Key}: tiles of {log.Value} leaves")])], ExitCode.Fine);
    }

    public static Answer Of(RebuildReport report, bool tables)
    {
        var leaves = new JsonObject();
        foreach (var (log, count) in report.Leaves)
            leaves[log] = count;
        var json = new JsonObject
        {
            ["leaves"] = leaves, ["secrets"] = report.Secrets, ["rows"] = report.Rows, ["pauses"] = report.Pauses, ["holds"] = report.Holds, ["openIntents"] = report.OpenIntents,
            ["ready"] = report.Ready, ["failures"] = Screen.Array(report.Failures),
        };
        List<string> lines = [.. report.Leaves.Select(log => $"{log.Key}: {log.Value} records indexed")];
        if (tables)
        {
            lines.Add($"{report.Secrets} secrets listed, {report.Rows} rows made, {report.Pauses} pauses, {report.Holds} holds, {report.OpenIntents} open intents");
            lines.Add(report.Ready ? "The marker row is written: rows that were made count as held for one lease." : "The marker row is NOT written, since not everything could be read. See to that (or take the vault out of the settings), then run nhi rebuild again.");
        }

        lines.AddRange(report.Failures.Select(failure => "  ! " + failure));
        return new Answer(json, [Block.Lines(lines)], report.Failures.Count > 0 ? ExitCode.Human : ExitCode.Fine);
    }

    private static IEnumerable<string> Lines(IReadOnlyList<(Plan Plan, Outcome Outcome)> done, IReadOnlyList<Waiting> waiting) =>
        done.Select(one => $"  {one.Plan.Verb} {one.Plan.Credential.Name}: {one.Outcome.Result}{(one.Outcome.Error is { } error ? ", " + error.Message : "")}")
            .Concat(waiting.Select(wait => $"  waits: {wait.Verb} {wait.Credential.Name}: {wait.Why} {wait.Remedy}".TrimEnd()));

    private static JsonObject Json((Plan Plan, Outcome Outcome) done) => new()
    {
        ["verb"] = done.Plan.Verb, ["credential"] = done.Plan.Credential.ToString(), ["target"] = done.Plan.Target, ["result"] = done.Outcome.Result, ["error"] = done.Outcome.Error?.Message,
    };

    private static JsonObject Json(Waiting wait) => new()
    {
        ["verb"] = wait.Verb, ["credential"] = wait.Credential.ToString(), ["signal"] = wait.Signal, ["why"] = wait.Why, ["remedy"] = wait.Remedy, ["until"] = wait.Until,
    };
}
