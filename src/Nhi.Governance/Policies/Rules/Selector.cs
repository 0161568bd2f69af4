namespace Nhi.Governance.Policies.Rules;

/// <summary>
/// One thing that a rule selects by: any of its globs has to match. <paramref name="Tag"/> is the tag's name for <see cref="SelectorSubject.Tag"/>.
/// What a credential does not have (no owner, no such tag) matches no glob, not even <c>*</c>.
/// </summary>
internal sealed record Selector(SelectorSubject Subject, string? Tag, IReadOnlyList<PlacedGlob> Globs)
{
    /// <summary>As the policy spells it: <c>vault</c>, <c>tag team</c>.</summary>
    public string Name => Tag is null ? Key(Subject) : $"{Key(Subject)} {Tag}";

    /// <summary>The glob that matches, or null.</summary>
    public Glob? Match(PolicySubject subject) => ValueOf(subject) is { } value ? Globs.FirstOrDefault(placed => placed.Glob.Matches(value))?.Glob : null;

    /// <summary>For a person; of what others wrote (tags, owners) only whether it is there.</summary>
    public SelectorExplanation Explain(PolicySubject subject)
    {
        var wanted = string.Join(", ", Globs.Select(placed => placed.Glob.Pattern));
        if (ValueOf(subject) is null)
            return new SelectorExplanation(Name, false, $"{Name}: it has none, and {wanted} is wanted");
        return Match(subject) is { } glob
            ? new SelectorExplanation(Name, true, $"{Name} matches {glob.Pattern}")
            : new SelectorExplanation(Name, false, $"{Name} does not match {wanted}");
    }

    /// <summary>How a decision names it: the policy's own words, never the tag's.</summary>
    public static string Reason(Selector selector, Glob glob) => selector.Tag is null ? $"{selector.Name} {glob.Pattern}" : $"{selector.Name}={glob.Pattern}";

    /// <summary>True only when whatever fits <paramref name="other"/> fits this, too.</summary>
    public bool Covers(Selector other) => Subject == other.Subject && Tag == other.Tag && other.Globs.All(theirs => Globs.Any(ours => ours.Glob.Covers(theirs.Glob)));

    /// <summary>True when every credential fits: each has a vault, a name and an environment.</summary>
    public bool FitsAll => Subject is SelectorSubject.Vault or SelectorSubject.Name or SelectorSubject.Environment && Globs.Any(placed => placed.Glob.Any);

    private string? ValueOf(PolicySubject subject) => Subject switch
    {
        SelectorSubject.Vault => subject.Id.Vault,
        SelectorSubject.Name => subject.Id.Name,
        SelectorSubject.Kind => subject.Kind,
        SelectorSubject.Owner => subject.Owner,
        SelectorSubject.Environment => subject.Environment,
        _ => subject.Tags.TryGetValue(Tag!, out var value) ? value : null,
    };

    private static string Key(SelectorSubject subject) => subject switch
    {
        SelectorSubject.Vault => PolicyKeys.Vault,
        SelectorSubject.Name => PolicyKeys.Name,
        SelectorSubject.Kind => PolicyKeys.Kind,
        SelectorSubject.Owner => PolicyKeys.Owner,
        SelectorSubject.Environment => PolicyKeys.Environment,
        _ => PolicyKeys.Tag,
    };
}

internal enum SelectorSubject
{
    Vault,
    Name,
    Kind,
    Tag,
    Owner,
    Environment,
}

/// <summary>A glob with the node that it was read from.</summary>
internal sealed record PlacedGlob(Glob Glob, Yaml.PolicyNode At);
