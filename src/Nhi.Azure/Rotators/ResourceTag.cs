using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators;

/// <summary>The tags that say which resource a secret opens. They come from whoever may write the vault: bounded before anything reads them.</summary>
internal static class ResourceTag
{
    public const string Name = "nhi-resource";

    /// <summary>As Microsoft's rotation tutorial calls it.</summary>
    public const string TutorialName = "ProviderAddress";

    private const int Longest = 512;

    /// <summary>The text of <c>nhi-resource</c>, else of <c>ProviderAddress</c>. Throws <see cref="ResourceTagException"/> when there is none.</summary>
    public static string Read(IReadOnlyDictionary<string, string> tags, string kind, string form)
    {
        var text = tags.TryGetValue(Name, out var own) ? own : tags.TryGetValue(TutorialName, out var tutorial) ? tutorial : null;
        return text is { Length: > 0 and <= Longest } ? text.Trim() : throw Malformed(kind, form);
    }

    /// <summary>The text itself is hostile and is not repeated.</summary>
    public static ResourceTagException Malformed(string kind, string form, string? why = null) =>
        new($"The tag {Name} of a secret of kind {kind} must read {form}{(why is null ? "" : $": {why}")}.");
}
