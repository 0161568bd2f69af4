using System.ComponentModel;
using Nhi.Governance.Rotation;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi plan</c>.</summary>
internal sealed record PlanAnswerShape(
    [property: Description("What was asked about.")] IReadOnlyList<DryRunShape> Credentials,
    [property: Description("What could not be looked at.")] IReadOnlyList<PlanFailureShape> Failures);

internal sealed record DryRunShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("The rule in force; null where the secret is not there.")] string? Rule,
    [property: Description("Whether it enforces; null where the secret is not there.")] bool? Enforced,
    [property: Description("Why nothing can be said; else null.")] string? Note,
    [property: Description("Why only the vault's list was looked at, as an identity may that has list rights alone: what is due by it is in `waiting`. Else null.")] string? NotLooked,
    [property: Description("Then: what a person should know before.")] IReadOnlyList<string> Risks,
    [property: Description("In order, as execution would consume them; under a rule that observes, as if it enforced.")] IReadOnlyList<PlanShape> Plans,
    [property: Description("What is due and cannot begin.")] IReadOnlyList<WaitingShape> Waiting);

internal sealed record PlanShape(
    [property: Description("One of README's verbs.")] string Verb,
    [property: Description("Its id.")] string Credential,
    [property: Description("What the attempt is about: the rotation id, or the handle that is to die.")] string Subject,
    [property: Description("Id of the resource that it opens.")] string Resource,
    [property: Description("Its kind.")] string Kind,
    [property: Description("Slot, role or handle that is changed at the provider; null where there is none.")] string? Target,
    [property: Description("Must not wait: no window, freeze, pause or cap binds it.")] bool Urgent,
    [property: Description("What would be done, one sentence each.")] IReadOnlyList<string> Steps,
    [property: Description("Why.")] IReadOnlyList<string> Reasons,
    [property: Description("What a person should know before.")] IReadOnlyList<string> Risks);

/// <summary>Something that is due and cannot be done yet.</summary>
internal sealed record WaitingShape(
    [property: Description("One of README's verbs.")] string Verb,
    [property: Description("Its id.")] string Credential,
    [property: Description("A short name of the reason, e.g. `paused`.")] string Signal,
    [property: Description("The reason.")] string Why,
    [property: Description("What a person can do; null when time alone helps.")] string? Remedy,
    [property: Description("When it is worth another look; null where that is not known.")] DateTimeOffset? Until)
{
    public static WaitingShape Of(Waiting wait) => new(wait.Verb, wait.Credential.ToString(), wait.Signal, wait.Why, wait.Remedy, wait.Until);
}

internal sealed record PlanFailureShape(
    [property: Description("Its id.")] string Credential,
    [property: Description("What failed.")] string Why);
