namespace Nhi.Governance.Policies;

/// <summary>Why a policy says what it says of one credential: for <c>nhi policy explain</c>. Holds words of the policy, vaults and names, never what a tag says.</summary>
/// <param name="Effective">What is in force.</param>
/// <param name="Rules">Every rule in the order of the text.</param>
/// <param name="Values">Every value and where it comes from, in the order of the schema.</param>
/// <param name="Tag">What became of the tag <c>nhi-policy</c>; null when there is none.</param>
public sealed record PolicyExplanation(EffectivePolicy Effective, IReadOnlyList<RuleExplanation> Rules, IReadOnlyList<ValueExplanation> Values, string? Tag);

/// <summary><paramref name="Line"/>: where the rule stands, from 1. <paramref name="Chosen"/>: true for the one in force. A rule without selectors matches everything.</summary>
public sealed record RuleExplanation(string Name, int Line, bool Enforces, bool Matched, bool Chosen, IReadOnlyList<SelectorExplanation> Selectors);

/// <summary><paramref name="Selector"/>: <c>vault</c>, <c>tag team</c>. <paramref name="Why"/>: one clause for a person.</summary>
public sealed record SelectorExplanation(string Selector, bool Matched, string Why);

/// <summary><paramref name="Key"/> as the policy spells it; <paramref name="Value"/> as it could stand there, <c>none</c> where there is none; <paramref name="Line"/>: where it stands, null when it is built in.</summary>
public sealed record ValueExplanation(string Key, string Value, ValueOrigin Origin, int? Line);

/// <summary>Where a value comes from.</summary>
public enum ValueOrigin
{
    BuiltIn,
    Defaults,
    Rule,
    Caps,
}
