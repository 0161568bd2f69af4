using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi users</c>.</summary>
internal sealed record UsersShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("From when on its vault's log is known without a hole; null where it was never seen.")] DateTimeOffset? KnownFrom,
    [property: Description("Up to when it is known.")] DateTimeOffset? KnownTo,
    [property: Description("Who read which version, the last read first.")] IReadOnlyList<UserShape> Users,
    [property: Description("Superseded versions, newest first, and whether one may be revoked.")] IReadOnlyList<RevocableShape> Superseded);

internal sealed record UserShape(
    [property: Description("Object id, else application id.")] string Principal,
    [property: Description("A user's name, where the log has it.")] string? Name,
    [property: Description("The version that was read.")] string Version,
    [property: Description("First read.")] DateTimeOffset First,
    [property: Description("Last read.")] DateTimeOffset Last,
    [property: Description("Reads at least seen.")] long Reads);

internal sealed record RevocableShape(
    [property: Description("As the vault names it.")] string Version,
    [property: Description("Since when it is superseded.")] DateTimeOffset Since,
    [property: Description("Whether nothing speaks against revoking it.")] bool Safe,
    [property: Description("Why, or why not.")] string Why);
