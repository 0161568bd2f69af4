using System.Text.RegularExpressions;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Rules;

/// <summary>Turns nodes into a policy document. Reads on after a fault, so that all of them are found at once.</summary>
internal sealed partial class DocumentReader
{
    /// <summary>What is in force where no rule matches; no rule may be called so.</summary>
    public const string NoRule = "default";

    private const int MostRules = 500;
    private const int MostGlobs = 200;
    private const int MostTags = 20;
    private const int HighestCap = 10_000;

    private static readonly Dictionary<string, string> _elsewhere = new(StringComparer.Ordinal)
    {
        [PolicyKeys.Mode] = "Each rule says for itself that it enforces: write 'mode: enforce' there.",
        [PolicyKeys.MintsPerHour] = "It stands under 'caps'.",
        [PolicyKeys.KillsPerRun] = "It stands under 'caps'.",
        [PolicyKeys.QuarantinesPerDay] = "It stands under 'caps'.",
        [PolicyKeys.Match] = "Only rules select: write it in a rule.",
    };

    private static readonly Dictionary<string, string> _elsewhereThanRule = new(StringComparer.Ordinal)
    {
        [PolicyKeys.Vault] = "It stands under 'match'.",
        [PolicyKeys.Kind] = "It stands under 'match'.",
        [PolicyKeys.Tag] = "It stands under 'match'.",
        [PolicyKeys.Environment] = "It stands under 'match'.",
        [PolicyKeys.MintsPerHour] = "It stands under 'caps' and holds for all rules together.",
        [PolicyKeys.KillsPerRun] = "It stands under 'caps' and holds for all rules together.",
        [PolicyKeys.QuarantinesPerDay] = "It stands under 'caps' and holds for all rules together.",
    };

    private static readonly Dictionary<string, bool> _modes = new(StringComparer.Ordinal) { ["observe"] = false, ["enforce"] = true };

    private readonly FaultList _faults;
    private readonly ScalarReader _scalars;
    private readonly RuleSettingsReader _settings;

    public DocumentReader(FaultList faults)
    {
        _faults = faults;
        _scalars = new ScalarReader(faults);
        _settings = new RuleSettingsReader(faults, _scalars);
    }

    /// <summary>Null, with a fault, when the text is no map at all.</summary>
    public PolicyDocument? Read(PolicyNode root)
    {
        if (_scalars.Map(root, "A policy") is not { } map)
            return null;
        var top = new Fields(map, "a policy", PolicyKeys.OfPolicy, _faults);
        if (top[PolicyKeys.Version] is not { } version)
            _faults.Add(map, "The policy has no version.", "Write 'version: 1' on its first line.");
        else
            _scalars.Integer(version, PolicyKeys.Version, 1, 1);
        _scalars.Text(top[PolicyKeys.Description], PolicyKeys.Description, 4_000, manyLines: true);
        var caps = _scalars.Map(top[PolicyKeys.Caps], PolicyKeys.Caps) is { } capsMap ? new Fields(capsMap, "caps", PolicyKeys.OfCaps, _faults) : null;
        return new PolicyDocument
        {
            Defaults = _scalars.Map(top[PolicyKeys.Defaults], PolicyKeys.Defaults) is { } defaults ? _settings.Read(new Fields(defaults, "defaults", PolicyKeys.OfSettings, _faults, _elsewhere)) : RuleSettings.Nothing,
            Rules = Rules(top, map),
            MintsPerHour = _scalars.Integer(caps?[PolicyKeys.MintsPerHour], PolicyKeys.MintsPerHour, 0, HighestCap),
            KillsPerRun = _scalars.Integer(caps?[PolicyKeys.KillsPerRun], PolicyKeys.KillsPerRun, 0, HighestCap),
            QuarantinesPerDay = _scalars.Integer(caps?[PolicyKeys.QuarantinesPerDay], PolicyKeys.QuarantinesPerDay, 0, HighestCap),
        };
    }

    private List<PolicyRule> Rules(Fields top, MapNode map)
    {
        if (top[PolicyKeys.Rules] is null)
            _faults.Add(map, "The policy has no rules.", "Write 'rules:' and at least one '- name: …'; 'rules: []' observes everything.");
        return [.. (_scalars.List(top[PolicyKeys.Rules], PolicyKeys.Rules, MostRules) ?? []).Select(item => _scalars.Map(item, "a rule") is { } rule ? Rule(rule) : null).OfType<PolicyRule>()];
    }

    private PolicyRule Rule(MapNode map)
    {
        var fields = new Fields(map, "a rule", PolicyKeys.OfRule, _faults, _elsewhereThanRule);
        return new PolicyRule(
            Name(fields),
            _scalars.Choice(fields[PolicyKeys.Mode], PolicyKeys.Mode, _modes) ?? false,
            Match(fields),
            _settings.Read(fields),
            fields[PolicyKeys.Name] ?? map);
    }

    private string Name(Fields fields)
    {
        if (fields[PolicyKeys.Name] is not { } node)
            _faults.Add(fields.At, "The rule has no name.", "Write 'name:'; decisions and evidence name rules by it.");
        else if (_scalars.Text(node, PolicyKeys.Name) is { } name)
        {
            if (name != NoRule && NamePattern().IsMatch(name))
                return name;
            _faults.Add(node, $"A rule cannot be called {Quoting.Quote(name)}.", name == NoRule ? "That is what is in force where no rule matches: choose another name." : "Write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.");
        }

        return "";
    }

    private List<Selector> Match(Fields rule)
    {
        if (rule[PolicyKeys.Match] is null)
            _faults.Add(rule.At, "The rule does not say what it matches.", "Write 'match:' with vault, name, kind, tag, owner or environment; 'match: {}' is everything.");
        if (_scalars.Map(rule[PolicyKeys.Match], PolicyKeys.Match) is not { } map)
            return [];
        var fields = new Fields(map, "match", PolicyKeys.OfMatch, _faults);
        var selectors = new List<Selector>();
        Add(SelectorSubject.Vault, PolicyKeys.Vault);
        Add(SelectorSubject.Name, PolicyKeys.Name);
        Add(SelectorSubject.Kind, PolicyKeys.Kind);
        Add(SelectorSubject.Owner, PolicyKeys.Owner);
        Add(SelectorSubject.Environment, PolicyKeys.Environment);
        selectors.AddRange(Tags(fields[PolicyKeys.Tag]));
        return selectors;

        void Add(SelectorSubject subject, string key)
        {
            if (fields[key] is { } node)
                selectors.Add(new Selector(subject, null, Globs(node, key, subject is SelectorSubject.Vault or SelectorSubject.Name)));
        }
    }

    private IEnumerable<Selector> Tags(PolicyNode? node)
    {
        if (_scalars.Map(node, PolicyKeys.Tag) is not { } map)
            yield break;
        if (map.Entries.Count is 0 or > MostTags)
            _faults.Add(map, $"{PolicyKeys.Tag} selects by {map.Entries.Count} tags.", $"Name 1 to {MostTags} tags, as 'name: glob'.");
        foreach (var entry in map.Entries.Take(MostTags))
        {
            if (entry.Key.Text.Length is > 0 and <= 256 && !entry.Key.Text.Any(char.IsControl))
                yield return new Selector(SelectorSubject.Tag, entry.Key.Text, Globs(entry.Value, $"tag {Quoting.Quote(entry.Key.Text)}", ignoreCase: false));
            else
                _faults.Add(entry.Key, $"A tag's name has {entry.Key.Text.Length} characters.", "Write 1 to 256 characters on one line.");
        }
    }

    private List<PlacedGlob> Globs(PolicyNode node, string key, bool ignoreCase) =>
        [.. _scalars.OneOrMore(node, key, MostGlobs).Select(item => _scalars.Text(item, key) is { } text ? new PlacedGlob(new Glob(text, ignoreCase), item) : null).OfType<PlacedGlob>()];

    [GeneratedRegex(@"\A[0-9A-Za-z][0-9A-Za-z._-]{0,63}\z")]
    private static partial Regex NamePattern();
}
