using System.ComponentModel;
using Nhi.Evidence.Records;
using Nhi.Evidence.Tracing;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi trace NAME</c>.</summary>
internal sealed record TraceShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("The instant that is told of; null: the end of what records say.")] DateTimeOffset? At,
    [property: Description("The version that consumers read then; null where no record knew one.")] TracedVersionShape? Current,
    [property: Description("Superseded, not proven dead: its provider still accepted them for all that is known.")] IReadOnlyList<TracedVersionShape> Superseded,
    [property: Description("Read back as dead by then.")] IReadOnlyList<TracedVersionShape> Dead,
    [property: Description("Begun, without an outcome: what they were to change may have been changed already.")] IReadOnlyList<TracedShape> UnderWay,
    [property: Description("Its records until then, in the order of the attempts.")] IReadOnlyList<TracedShape> Records);

/// <summary><c>nhi trace OP</c>.</summary>
internal sealed record AttemptShape(
    [property: Description("The attempt.")] string Op,
    [property: Description("What it is about.")] string? Credential,
    [property: Description("Its records: intent, outcome.")] IReadOnlyList<TracedShape> Records);

internal sealed record TracedVersionShape(
    [property: Description("As the vault names it.")] string Version,
    [property: Description("What the provider calls it.")] string? Handle,
    [property: Description("Its end, where one is set.")] DateTimeOffset? Expires,
    [property: Description("An attempt of ours published it; else it was there when it was first seen.")] bool PublishedByUs,
    [property: Description("It was not current before; null where records don't say.")] DateTimeOffset? CurrentAfter,
    [property: Description("It was current from then on at the latest.")] DateTimeOffset CurrentBy,
    [property: Description("Name of the record that published or first saw it.")] string Record,
    [property: Description("The version that took its place.")] string? SupersededBy,
    [property: Description("It was read back as dead then.")] DateTimeOffset? DeadBy,
    [property: Description("Name of the record that says so.")] string? KilledBy,
    [property: Description("Name of the emergency that marked it.")] string? MarkedBy)
{
    public static TracedVersionShape Of(VersionLife life) => new(
        life.Version, life.Handle, life.Expires, life.PublishedByUs, life.CurrentAfter, life.CurrentBy, life.Known.Path, life.SupersededBy, life.DeadBy, life.Killed?.Path, life.Marked?.Path);
}

internal sealed record TracedShape(
    [property: Description("The record's name.")] string Path,
    [property: Description("Of its bytes, lower-case hex.")] string Sha256,
    [property: Description("When the attempt began.")] DateTimeOffset Time,
    [property: Description("When the record was written.")] DateTimeOffset? Recorded,
    [property: Description("E.g. `credential.rotate`.")] string Action,
    [property: Description("`intent`, or how it ended.")] string Result,
    [property: Description("What started it: a person, a timer, an event.")] string By,
    [property: Description("The rule that allowed it.")] string? Rule,
    [property: Description("SHA-256 of the policy's text: `policies/{sha256}.yaml`.")] string? Policy,
    [property: Description("What it says, in a sentence.")] string Summary)
{
    public static TracedShape Of(TracedRecord traced)
    {
        var record = traced.Record;
        return new TracedShape(
            traced.Path, traced.Sha256, record.Time, record.Recorded, record.Action, record.Shown ?? record.Result ?? "intent", ByOf(traced), record.Decision?.Policy, record.Decision?.Sha256, record.Summary);
    }

    /// <summary>The person, else what triggered it.</summary>
    public static string ByOf(TracedRecord traced) =>
        traced.Record.RequestedBy is { } person ? $"{Told(person)}{(traced.Record.Correlation?.Session is { } session ? $", session {session}" : "")}"
        : traced.Record.Trigger is { } trigger ? $"{trigger.Source}{(trigger.Type is null ? "" : $" {trigger.Type}")}"
        : "unknown";

    /// <summary>A name that is only said stands before whose token said it.</summary>
    private static string Told(PrincipalFacts person) =>
        person.OnBehalfOf is { } other ? $"{other.Type} {other.Name ?? other.Id}, says {Told(person with { OnBehalfOf = null })}"
        : $"{person.Type} {(person.Name is { } name && name != person.Id ? $"{name} ({person.Id})" : person.Id)}";
}
