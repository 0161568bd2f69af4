using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi keep</c>.</summary>
internal sealed record KeepShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Not removed before.")] DateTimeOffset Until,
    [property: Description("Who keeps it.")] string By,
    [property: Description("Why.")] string Reason,
    [property: Description("Name of the record.")] string Record,
    [property: Description("What became of its quarantine; null where there was none.")] NeglectShape? Restored);

/// <summary><c>nhi quarantine</c> and <c>nhi restore</c>.</summary>
internal sealed record NeglectShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("`quarantine` or `restore`; null: nothing was to be done.")] string? Verb,
    [property: Description("`ok`, `RETRY` or `BLOCKED`; null: nothing was to be done.")] string? Result,
    [property: Description("Its reason, or what stands in the way.")] string? Why,
    [property: Description("How far its removal is now: `none`, `told`, `quarantined`, `revoking`, `revoked`, `removed` or `deleted`.")] string Step,
    [property: Description("The next step not before; null: there is none.")] DateTimeOffset? Next,
    [property: Description("Name of the record; null where nothing was to be done.")] string? Record);
