using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi keep</c>.</summary>
internal sealed record KeepShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("Not removed before.")] DateTimeOffset Until,
    [property: Description("Who keeps it.")] string By,
    [property: Description("Why.")] string Reason,
    [property: Description("Name of the record.")] string Record,
    [property: Description("What became of its quarantine; null where there was none.")] NeglectShape? Restored,
    [property: Description("Roles that were taken away from the identity that it opens: none comes back by itself.")] IReadOnlyList<CurtailedShape> Roles);

/// <summary>A role that was taken away.</summary>
internal sealed record CurtailedShape(
    [property: Description("The assignment's ARM id.")] string Assignment,
    [property: Description("Which role at which scope, and what it lets its bearer do.")] string What,
    [property: Description("When it was taken away.")] DateTimeOffset Since,
    [property: Description("Name of the record that holds all of it.")] string Record,
    [property: Description("The command that makes it again; a person with the right has to give it.")] string Command);

/// <summary><c>nhi quarantine</c> and <c>nhi restore</c>.</summary>
internal sealed record NeglectShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("`quarantine` or `restore`; null: nothing was to be done.")] string? Verb,
    [property: Description("`ok`, `RETRY` or `BLOCKED`; null: nothing was to be done.")] string? Result,
    [property: Description("Its reason, or what stands in the way.")] string? Why,
    [property: Description("How far its removal is now: `none`, `told`, `quarantined`, `revoking`, `revoked`, `removed` or `deleted`.")] string Step,
    [property: Description("The next step not before; null: there is none.")] DateTimeOffset? Next,
    [property: Description("Name of the record; null where nothing was to be done.")] string? Record,
    [property: Description("Roles that were taken away from the identity that it opens: what `restore` leaves to a person. None for `quarantine`.")] IReadOnlyList<CurtailedShape> Roles);
