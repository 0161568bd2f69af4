using System.ComponentModel;

namespace Nhi.Cli.Shapes;

/// <summary><c>nhi policy check</c>.</summary>
internal sealed record PolicyCheckShape(
    [property: Description("The file as it was named.")] string File,
    [property: Description("No faults.")] bool Valid,
    [property: Description("SHA-256 of its bytes, lower-case hex; null while it is not valid.")] string? Sha256,
    [property: Description("Also held against the product's own vaults, accounts and identities: there are settings.")] bool OwnLookedFor,
    [property: Description("What is wrong.")] IReadOnlyList<FaultShape> Faults,
    [property: Description("What is allowed and hardly meant.")] IReadOnlyList<FaultShape> Warnings);

internal sealed record FaultShape(
    [property: Description("From 1.")] int Line,
    [property: Description("From 1.")] int Column,
    [property: Description("What is wrong there.")] string What,
    [property: Description("What to do.")] string Remedy);

/// <summary><c>nhi policy explain</c>.</summary>
internal sealed record PolicyExplainShape(
    [property: Description("Its id, `kv:host/name`.")] string Credential,
    [property: Description("The rule in force.")] string Rule,
    [property: Description("Whether it enforces.")] bool Enforced,
    [property: Description("What became of the tag `nhi-policy`; null without one.")] string? Tag,
    [property: Description("Every rule, in the order of the text.")] IReadOnlyList<RuleShape> Rules,
    [property: Description("Every value in force.")] IReadOnlyList<PolicyValueShape> Values);

internal sealed record RuleShape(
    [property: Description("Its name.")] string Name,
    [property: Description("Where it stands, from 1.")] int Line,
    [property: Description("All of its selectors match.")] bool Matched,
    [property: Description("It is the one in force.")] bool Chosen,
    [property: Description("`selector: why`, one each.")] IReadOnlyList<string> Why);

internal sealed record PolicyValueShape(
    [property: Description("As the policy spells it.")] string Key,
    [property: Description("As it could stand there; `none` where there is none.")] string Value,
    [property: Description("`BuiltIn`, `Defaults`, `Rule` or `Caps`.")] string Origin,
    [property: Description("Where it stands, from 1; null when it is built in.")] int? Line);
