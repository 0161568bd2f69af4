using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi kinds</c>.</summary>
internal sealed record KindsShape([property: Description("The kinds, by name.")] IReadOnlyList<KindShape> Kinds);

internal sealed record KindShape(
    [property: Description("As the tag `nhi-kind` has it.")] string Name,
    [property: Description("What it is.")] string Description,
    [property: Description("Overlap classes, e.g. `Multi`.")] IReadOnlyList<string> Overlaps,
    [property: Description("What the tag `nhi-resource` holds.")] string ResourceForm,
    [property: Description("The longest time in which a request can land late, seconds.")] double SettleWindowSeconds,
    [property: Description("What it needs at its provider.")] IReadOnlyList<RightShape> Rights);

internal sealed record RightShape(
    [property: Description("`mint`, `verify`, `kill`, `look back`.")] string Role,
    [property: Description("Where the right is given.")] string System,
    [property: Description("The rights; empty where none is needed.")] IReadOnlyList<string> Actions,
    [property: Description("For which scope.")] string Scope);
