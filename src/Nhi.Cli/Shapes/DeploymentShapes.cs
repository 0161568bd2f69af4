using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi onboard</c>.</summary>
internal sealed record OnboardShape(
    [property: Description("The parameter file.")] string File,
    [property: Description("ARM id of the vault.")] string Vault,
    [property: Description("Whose rotator works there.")] string Environment,
    [property: Description("The file was written.")] bool Written,
    [property: Description("The change as a unified diff.")] string Diff,
    [property: Description("What the template then makes for the vault.")] IReadOnlyList<VaultPartShape> Makes,
    [property: Description("What Azure knows of the vault that a person should know first; none with --offline.")] IReadOnlyList<VaultFindingShape> Findings);

internal sealed record VaultPartShape(
    [property: Description("ARM type.")] string Type,
    [property: Description("What it is.")] string What,
    [property: Description("The parameter that it needs; null: always.")] string? When);

internal sealed record VaultFindingShape(
    [property: Description("Deployment or product would fail: nothing is written.")] bool Stops,
    [property: Description("What it is.")] string What,
    [property: Description("What to do.")] string Remedy);

/// <summary><c>nhi doctor</c>.</summary>
internal sealed record DoctorShape(
    [property: Description("No part fails; what `warns` says what was not looked at, or has to be seen to.")] bool Healthy,
    [property: Description("One each part.")] IReadOnlyList<PartHealthShape> Parts);

internal sealed record PartHealthShape(
    [property: Description("Which part.")] string Name,
    [property: Description("`ok`, `warns` or `fails`.")] string State,
    [property: Description("What was found.")] string Detail,
    [property: Description("What to do; null where nothing is to be done.")] string? Remedy);

/// <summary><c>nhi doctor --deployment</c>.</summary>
internal sealed record DeploymentShape(
    [property: Description("How many the template makes.")] int Resources,
    [property: Description("What is not as the template says.")] IReadOnlyList<DifferenceShape> Differences,
    [property: Description("What could not be read: it may be as it should, or not.")] IReadOnlyList<UnreadShape> Unread,
    [property: Description("Values that only Azure can put together, and that were not compared.")] IReadOnlyList<string> NotCompared);

internal sealed record DifferenceShape(
    [property: Description("`missing`, `differs` or `beyond` (the template knows nothing of it).")] string Kind,
    [property: Description("ARM id.")] string Resource,
    [property: Description("Which property, as a path; null for all of it.")] string? Property,
    [property: Description("What it is.")] string What,
    [property: Description("The command that mends it.")] string Remedy);

internal sealed record UnreadShape(
    [property: Description("ARM id, or what was asked for.")] string Resource,
    [property: Description("What Azure answered.")] string Why,
    [property: Description("What to do.")] string Remedy);
