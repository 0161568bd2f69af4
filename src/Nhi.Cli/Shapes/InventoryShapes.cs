using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi inventory</c>.</summary>
internal sealed record InventoryShape(
    [property: Description("Every secret that the inventory's sweep has seen and that is there, by vault and name.")] IReadOnlyList<InventoriedShape> Credentials,
    [property: Description("Vaults that the last sweep did not see the whole of.")] IReadOnlyList<NotSeenShape> NotSeen);

internal sealed record InventoriedShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Its kind; null when no tag names one that is known.")] string? Kind,
    [property: Description("Id of the resource that it opens.")] string? Resource,
    [property: Description("What its tag `nhi-owner` says.")] string? Owner,
    [property: Description("When its newest version was made.")] DateTimeOffset Created,
    [property: Description("When its newest version ends.")] DateTimeOffset? Expires,
    [property: Description("How many versions it had at the last change; null where their list was not read.")] int? Versions,
    [property: Description("Whether its newest version is enabled.")] bool Enabled,
    [property: Description("Whether a certificate backs it: it is never touched.")] bool Managed,
    [property: Description("When a sweep first saw it.")] DateTimeOffset FirstSeen,
    [property: Description("When a sweep saw all of its vault last; null: never yet.")] DateTimeOffset? LastSweep);

internal sealed record NotSeenShape(
    [property: Description("The vault's host.")] string Vault,
    [property: Description("Why.")] string Why,
    [property: Description("When a sweep saw all of it last; null: never yet.")] DateTimeOffset? LastComplete);

/// <summary><c>nhi vaults</c>.</summary>
internal sealed record VaultsShape(
    [property: Description("The vaults in scope.")] IReadOnlyList<VaultShape> Vaults,
    [property: Description("Vaults that are known and left out.")] IReadOnlyList<LeftOutShape> LeftOut);

internal sealed record VaultShape(
    [property: Description("Its host.")] string Vault,
    [property: Description("Found by Nhi__Discovery, not listed in the settings.")] bool Discovered,
    [property: Description("Which rotator's identity works there.")] string Environment,
    [property: Description("How many secrets its last whole list had; null: none came yet.")] int? Secrets,
    [property: Description("When a sweep saw all of it last; null: never yet.")] DateTimeOffset? LastComplete,
    [property: Description("The last sweep did not see all of it.")] bool Partial,
    [property: Description("Why; null when it did.")] string? Why);

internal sealed record LeftOutShape(
    [property: Description("The vault's host.")] string Vault,
    [property: Description("Why.")] string Why);
