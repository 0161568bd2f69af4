using System.ComponentModel;
using Nhi.Governance.Rotation;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi emergency</c>.</summary>
internal sealed record EmergencyShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("The version that is marked.")] string Version,
    [property: Description("What the provider calls it; null where its tag does not say.")] string? Handle,
    [property: Description("The value could be read, so every secret that holds it is known.")] bool ValueKnown,
    [property: Description("Name of the mark's record.")] string Record,
    [property: Description("The version carries the mark's name.")] bool Tagged,
    [property: Description("The marked version was seen dead.")] bool Ended,
    [property: Description("Nothing goes on by itself.")] bool NeedsPerson,
    [property: Description("What was carried out.")] IReadOnlyList<DoneShape> Done,
    [property: Description("What is due and cannot begin.")] IReadOnlyList<WaitingShape> Waiting,
    [property: Description("What did not work, and who goes on with it.")] IReadOnlyList<string> Notes);

internal sealed record DoneShape(
    [property: Description("One of README's verbs.")] string Verb,
    [property: Description("Its id.")] string Credential,
    [property: Description("Slot, role or handle at the provider; null where there is none.")] string? Target,
    [property: Description("`ok`, `RETRY`, `BLOCKED`, `FAILED` or `DENIED`.")] string Result,
    [property: Description("What was in the way; null when it is ok.")] string? Error)
{
    public static DoneShape Of((Plan Plan, Outcome Outcome) done) => new(done.Plan.Verb, done.Plan.Credential.ToString(), done.Plan.Target, done.Outcome.Result, done.Outcome.Error?.Message);
}

/// <summary><c>nhi rollback</c>.</summary>
internal sealed record RollbackShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("As in `done`; null when nothing was done.")] string? Result,
    [property: Description("An answer was lost: the timers find out what became of it.")] bool AnswerLost,
    [property: Description("What was carried out.")] IReadOnlyList<DoneShape> Done,
    [property: Description("What is due and cannot begin.")] IReadOnlyList<WaitingShape> Waiting);

/// <summary><c>nhi adopt</c>.</summary>
internal sealed record AdoptShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Id of the resource that it opens.")] string Resource,
    [property: Description("The version whose handle was named; null for a free place.")] string? Version,
    [property: Description("The whole handle.")] string Handle,
    [property: Description("A place was named that nobody uses.")] bool Free,
    [property: Description("Name of the record.")] string Record);

/// <summary><c>nhi pause</c> and <c>nhi resume</c>.</summary>
internal sealed record PausedShape(
    [property: Description("`*`, a vault's host or a credential's id.")] string Scope,
    [property: Description("`paused` or `resumed`.")] string State,
    [property: Description("Who asked.")] string By,
    [property: Description("Why.")] string Reason,
    [property: Description("Since when.")] DateTimeOffset Since,
    [property: Description("When it ends; null: when it is lifted.")] DateTimeOffset? Until,
    [property: Description("Name of the record.")] string? Record);

/// <summary><c>nhi debts hold</c> and <c>nhi debts release</c>.</summary>
internal sealed record HoldShape(
    [property: Description("Its id, `kv:host/name`.")] string? Credential,
    [property: Description("The resource's id.")] string Resource,
    [property: Description("What the provider calls it.")] string Handle,
    [property: Description("`held` or `released`.")] string State,
    [property: Description("No kill before.")] DateTimeOffset? HeldUntil,
    [property: Description("Who holds it.")] string? HeldBy,
    [property: Description("Why.")] string? Reason);

/// <summary><c>nhi rebuild</c>.</summary>
internal sealed record RebuildShape(
    [property: Description("Records indexed, by log.")] IReadOnlyDictionary<string, long> Leaves,
    [property: Description("Secrets that the vaults list.")] int Secrets,
    [property: Description("Rows of resources that were made anew.")] int Rows,
    [property: Description("Pauses that were found in evidence.")] int Pauses,
    [property: Description("Holds that were found in evidence.")] int Holds,
    [property: Description("Removals, and what people keep, that were found in tags and evidence.")] int Removals,
    [property: Description("Intents that no outcome closes.")] int OpenIntents,
    [property: Description("The marker row is written.")] bool Ready,
    [property: Description("What could not be read; while there is any, the marker row is not written.")] IReadOnlyList<string> Failures);
