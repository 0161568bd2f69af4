using System.Security.Cryptography;
using Nhi.Governance.Policies.Checks;
using Nhi.Governance.Policies.Rules;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies;

/// <summary>
/// A policy out of a YAML text (<c>policy.schema.json</c>, <c>policy.sample.yaml</c>). The first rule whose selectors all match is in force;
/// what it does not say comes from <c>defaults</c>, then from what is built in. Immutable.
/// <para>The tag <c>nhi-policy</c> may name another rule, under two conditions: that rule's own selectors match as well, and it allows nothing that the first one does not
/// (see <see cref="TagChoice"/>). So who may write tags chooses among what the policy's author meant for this credential, and never gains an effect by it.</para>
/// </summary>
public sealed class YamlPolicy : Policy
{
    private readonly PolicyDocument _document;
    private readonly EffectivePolicy _builtIn;
    private readonly byte[] _text;

    private YamlPolicy(byte[] text, string fileName, PolicyDocument document, IReadOnlyList<PolicyFault> warnings)
    {
        (_text, FileName, _document, Warnings) = (text, fileName, document, warnings);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(text));
        SelectedTags = document.Rules.SelectMany(rule => rule.Match).Select(selector => selector.Tag).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var builtIn = new EffectivePolicy { Rule = DocumentReader.NoRule, Sha256 = Sha256 };
        _builtIn = builtIn with { MintsPerHour = document.MintsPerHour ?? builtIn.MintsPerHour, KillsPerRun = document.KillsPerRun ?? builtIn.KillsPerRun, QuarantinesPerDay = document.QuarantinesPerDay ?? builtIn.QuarantinesPerDay };
    }

    public override ReadOnlyMemory<byte> Text => _text;

    public override string Sha256 { get; }

    public override IReadOnlySet<string> SelectedTags { get; }

    /// <summary>As it was given to <see cref="Load"/>: what faults and warnings are shown under.</summary>
    public string FileName { get; }

    /// <summary>What does not stop the policy, and is probably not meant: a rule that never matches first, a cutover at any hour.</summary>
    public IReadOnlyList<PolicyFault> Warnings { get; }

    /// <summary>The rules' names in their order.</summary>
    public IReadOnlyList<string> RuleNames => [.. _document.Rules.Select(rule => rule.Name)];

    /// <summary>True when at least one rule enforces.</summary>
    public bool Enforces => _document.Rules.Any(rule => rule.Enforce);

    /// <summary>Reads and validates. Throws <see cref="PolicyException"/>, with every fault that could be found, and nothing else, whatever the bytes.</summary>
    /// <param name="bytes">UTF-8, at most 256 KiB.</param>
    /// <param name="fileName">How faults name the text.</param>
    /// <param name="own">What no rule may name.</param>
    public static YamlPolicy Load(ReadOnlyMemory<byte> bytes, string fileName, ProductIdentities own)
    {
        var faults = new FaultList();
        var document = YamlTree.Read(bytes, faults) is { } root ? new DocumentReader(faults).Read(root) : null;
        if (document is not null)
            foreach (var check in Concerns(own))
                check.Check(document, faults);
        if (document is null || faults.Any)
            throw new PolicyException(fileName, faults.Faults);
        return new YamlPolicy(bytes.ToArray(), fileName, document, faults.Warnings);
    }

    public override EffectivePolicy For(PolicySubject subject)
    {
        var choice = Choose(subject);
        if (choice.Rule is null)
            return _document.Defaults.Apply(_builtIn) with { Why = ["no rule matches", .. choice.Notes] };
        return Effective(choice.Rule) with { Why = [.. choice.Rule.Why(subject), .. choice.Notes] };
    }

    /// <summary>Every rule and why it matched or not, and where every value comes from. Pure.</summary>
    public PolicyExplanation Explain(PolicySubject subject)
    {
        var choice = Choose(subject);
        var rules = _document.Rules.Select(rule => new RuleExplanation(rule.Name, rule.At.Line, rule.Enforce, rule.Fits(subject), ReferenceEquals(rule, choice.Rule), [.. rule.Match.Select(selector => selector.Explain(subject))]));
        var effective = For(subject);
        return new PolicyExplanation(effective, [.. rules], ValueOrigins.Of(effective, choice.Rule?.Settings ?? RuleSettings.Nothing, _document), choice.Notes is [var note, ..] ? note : null);
    }

    private static IPolicyCheck[] Concerns(ProductIdentities own) =>
        [new RuleNamesAreUnique(), new LifeHasRoomForOverlap(), new VaultsAreHosts(), new NothingOfOurOwn(own), new EveryRuleCanMatch(), new CutoversHaveWindows()];

    private EffectivePolicy Effective(PolicyRule rule) => rule.Settings.Over(_document.Defaults).Apply(_builtIn) with { Rule = rule.Name, Enforced = rule.Enforce };

    private (PolicyRule? Rule, IReadOnlyList<string> Notes) Choose(PolicySubject subject)
    {
        var first = _document.Rules.FirstOrDefault(rule => rule.Fits(subject));
        if (!subject.Tags.TryGetValue(PolicySubject.PolicyTag, out var wanted) || (first is not null && first.Name == wanted))
            return (first, []);
        // What a tag says is not repeated unless it is one of our own rules' names.
        if (_document.Rules.FirstOrDefault(rule => rule.Name == wanted) is not { } named)
            return (first, [$"tag {PolicySubject.PolicyTag} names no rule and is ignored"]);
        if (first is null || !named.Fits(subject))
            return (first, [$"tag {PolicySubject.PolicyTag}={named.Name} is ignored: that rule does not match"]);
        if (TagChoice.WhatItWouldWiden(Effective(first), Effective(named)) is { } widened)
            return (first, [$"tag {PolicySubject.PolicyTag}={named.Name} is ignored: it would widen {widened}"]);
        return (named, [$"tag {PolicySubject.PolicyTag}={named.Name} chose it over {first.Name}"]);
    }
}
