using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi show</c>.</summary>
internal sealed record ShowShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Its kind; null when it has none.")] string? Kind,
    [property: Description("Id of the resource that it opens.")] string? Resource,
    [property: Description("The overlap class, e.g. `Pair`.")] string? Overlap,
    [property: Description("Why nothing can be done with it; null when something can.")] string? Ungovernable,
    [property: Description("The rule in force.")] string Rule,
    [property: Description("Whether it enforces.")] bool Enforced,
    [property: Description("SHA-256 of the policy, lower-case hex.")] string PolicySha256,
    [property: Description("Newest first.")] IReadOnlyList<VersionShape> Versions,
    [property: Description("What is owed.")] IReadOnlyList<OwedShape> Owed,
    [property: Description("What was noted of its resource's debts and leftovers.")] IReadOnlyList<DebtShape> Notes,
    [property: Description("The last ten of its resource.")] IReadOnlyList<ShownRecordShape> Records);

internal sealed record VersionShape(
    [property: Description("As the vault names it.")] string Version,
    [property: Description("`current`, `superseded`, `disabled`, `dead`, or `quarantined`: the newest one, disabled.")] string State,
    [property: Description("When it was made.")] DateTimeOffset Created,
    [property: Description("When it ends.")] DateTimeOffset? Expires,
    [property: Description("What its tag says that the provider calls it.")] string? Handle,
    [property: Description("Name of the emergency's record that marked it.")] string? Mark);

internal sealed record OwedShape(
    [property: Description("What the provider calls it.")] string Handle,
    [property: Description("Since when it is superseded.")] DateTimeOffset Since,
    [property: Description("When its overlap ends.")] DateTimeOffset Due);

internal sealed record ShownRecordShape(
    [property: Description("The record's name.")] string Path,
    [property: Description("E.g. `credential.rotate`.")] string Action,
    [property: Description("E.g. `ok`; null for an intent.")] string? Result,
    [property: Description("When the attempt began.")] DateTimeOffset Time);
