using System.ComponentModel;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Operations;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi status</c>.</summary>
internal sealed record StatusShape(
    [property: Description("The marker row is there; without it nothing has effects but emergency and repair.")] bool Ready,
    [property: Description("Every credential that is known.")] IReadOnlyList<KnownShape> Credentials,
    [property: Description("Every row of a resource.")] IReadOnlyList<RowShape> Operations,
    [property: Description("What was noted of debts and leftovers.")] IReadOnlyList<DebtShape> Debts,
    [property: Description("What was tried more than once without success.")] IReadOnlyList<FailingShape> Failing,
    [property: Description("Ids of credentials that are overdue under a rule that enforces.")] IReadOnlyList<string> Due,
    [property: Description("Names of intents that nothing closed in the time that they promise.")] IReadOnlyList<string> OpenIntents,
    [property: Description("The pauses in force.")] IReadOnlyList<PauseShape> Pauses);

internal sealed record KnownShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Its kind; null when it has none.")] string? Kind,
    [property: Description("Id of the resource that it opens.")] string? Resource,
    [property: Description("The rule that was in force at the last look.")] string? Rule,
    [property: Description("Whether that rule enforces.")] bool Enforced,
    [property: Description("When the current version ends.")] DateTimeOffset? Expires,
    [property: Description("When it is due for rotation.")] DateTimeOffset? Due,
    [property: Description("How many superseded credentials are owed; null before the first look.")] int? Owed,
    [property: Description("When a sweep looks closer again.")] DateTimeOffset? NextLook)
{
    public static KnownShape Of(InventoryEntry entry) =>
        new(entry.Id.ToString(), entry.Kind, entry.Resource?.Value, entry.Rule, entry.Enforced, entry.Expires, entry.Due, entry.Owed, entry.NextLook);
}

internal sealed record RowShape(
    [property: Description("The resource's id.")] string Resource,
    [property: Description("Somebody works on it, or left it open.")] bool Open,
    [property: Description("Made or rebuilt, and not taken since.")] bool Unproven,
    [property: Description("The instance that took it last.")] string Owner,
    [property: Description("Grows with each taking.")] long Fence,
    [property: Description("One of README's verbs; null before the first one.")] string? Verb,
    [property: Description("Where the attempt is.")] string? Step,
    [property: Description("When the attempt began.")] DateTimeOffset? Start,
    [property: Description("Names of intents that nobody has closed.")] IReadOnlyList<string> OpenIntents)
{
    public static RowShape Of(OperationRow row) => new(row.Resource.Value, row.Open, row.Unproven, row.Owner, row.Fence, row.Verb, row.Step, row.Start, row.OpenIntents);
}

internal sealed record FailingShape(
    [property: Description("The resource's id.")] string Resource,
    [property: Description("`verb:subject`.")] string What,
    [property: Description("How often it was tried.")] int Tries,
    [property: Description("When it may begin again.")] DateTimeOffset NotBefore);

internal sealed record PauseShape(
    [property: Description("`*`, a vault's host or a credential's id.")] string Scope,
    [property: Description("Who asked.")] string By,
    [property: Description("Why.")] string Reason,
    [property: Description("When it ends; null: when it is lifted.")] DateTimeOffset? Until);

/// <summary><c>nhi debts</c>.</summary>
internal sealed record DebtsShape([property: Description("What was noted of debts and leftovers.")] IReadOnlyList<DebtShape> Debts);

internal sealed record DebtShape(
    [property: Description("The resource's id.")] string Resource,
    [property: Description("What the provider calls it: key id, slot or role.")] string Handle,
    [property: Description("The id of the secret that owes it; null for a leftover that none names.")] string? Credential,
    [property: Description("Why it was not paid at the last look; null when nothing was in the way.")] string? Waiting,
    [property: Description("Since when it is seen as something that a crashed attempt left; null when it is none.")] DateTimeOffset? LeftoverSince,
    [property: Description("A person's hold: no kill before.")] DateTimeOffset? HeldUntil,
    [property: Description("Who holds it.")] string? HeldBy,
    [property: Description("Why.")] string? HeldWhy)
{
    public static DebtShape Of(DebtNote note) =>
        new(note.Resource.Value, note.Handle, note.Credential?.ToString(), note.Waiting, note.LeftoverSince, note.HeldUntil, note.HeldBy, note.HeldWhy);
}
