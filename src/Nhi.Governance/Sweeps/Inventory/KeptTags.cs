using System.Text.RegularExpressions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>
/// The tags that sweeps keep in a table. Tags are anybody's text, and people paste values into the wrong places: what is kept is what a sweep reads, and each only where it is what it should be.
/// </summary>
internal static partial class KeptTags
{
    private const int Longest = 512;
    private static readonly string[] _told = [PolicySubject.OwnerTag, PolicySubject.PolicyTag, PolicySubject.EnvironmentTag, SignalTags.Workload, SignalTags.BreakGlass];

    /// <summary>Tags that say which resource a secret opens, the one that is read first.</summary>
    public static IReadOnlyList<string> Addresses { get; } = [PolicySubject.ResourceTag, "ProviderAddress"];

    /// <summary>
    /// Of a current version. <paramref name="kind"/>: whether its kind is one that is known; <paramref name="address"/>: the one of <see cref="Addresses"/> out of which a rotator read its resource, null where none did;
    /// <paramref name="selected"/>: names that the policy selects by.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> tags, bool kind, string? address, IReadOnlySet<string> selected)
    {
        var kept = Own(tags);
        foreach (var (name, text) in tags)
            if (IsHarmless(text) && ((kind && name == PolicySubject.KindTag) || name == address || _told.Contains(name) || selected.Contains(name)))
                kept.TryAdd(name, text);
        return kept;
    }

    /// <summary>Our own tags, written anew out of what they say.</summary>
    public static Dictionary<string, string> Own(IReadOnlyDictionary<string, string> tags)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tags.TryGetValue(NhiTag.Name, out var text) && NhiTag.TryParse(text) is { } tag && IsOurs(tag))
            kept[NhiTag.Name] = tag.ToText();
        if (tags.TryGetValue(NhiTag.MarkName, out var mark) && RecordPath.TryParse(mark, out _))
            kept[NhiTag.MarkName] = mark;
        if (RemovalTag.Of(new CredentialVersion { Version = "", Enabled = true, Created = default, Updated = default, Tags = tags }) is { } removal && Attempt().IsMatch(removal.Op))
            kept[RemovalTag.Name] = removal.ToText();
        return kept;
    }

    private static bool IsOurs(NhiTag tag) =>
        Attempt().IsMatch(tag.Rotation ?? Nobody) && Attempt().IsMatch(tag.Op ?? Nobody) && Version().IsMatch(tag.Previous ?? "") && HandleText().IsMatch(tag.Handle ?? "") && (tag.Handle is null || !ValueGuard.LooksLikeSecret(tag.Handle));

    private static bool IsHarmless(string text) => text.Length <= Longest && !ValueGuard.LooksLikeSecret(text);

    private const string Nobody = "00000000000000000000000000";

    [GeneratedRegex(@"\A[0-9a-hjkmnp-tv-z]{26}\z")]
    private static partial Regex Attempt();

    [GeneratedRegex(@"\A([0-9a-fA-F]{32})?\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"\A[^\s\p{C}]{0,128}\z")]
    private static partial Regex HandleText();
}
