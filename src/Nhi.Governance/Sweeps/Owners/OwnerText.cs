using Nhi.Evidence.Records;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>What people wrote where an owner belongs. Tags are anybody's text, and what they say goes on into tables, records and requests.</summary>
public static class OwnerText
{
    /// <summary>UTF-16 characters of one name.</summary>
    public const int Longest = 128;

    /// <summary>Names of one tag.</summary>
    public const int Most = 5;

    private static readonly char[] _between = [';', ','];

    /// <summary>Tags of a resource or group that name its owner, best first.</summary>
    public static readonly IReadOnlyList<string> Tags = ["nhi-owner", "owner"];

    /// <summary>The names in a text, in order; one that is too long, holds control characters or looks like a secret is none.</summary>
    public static IReadOnlyList<string> Read(string? text) =>
    [
        .. (text is null || text.StartsWith("[refused", StringComparison.Ordinal) ? "" : text).Split(_between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(name => name.Length <= Longest && !name.Any(char.IsControl) && !ValueGuard.LooksLikeSecret(name))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Take(Most),
    ];

    /// <summary>The owners that a resource's tags name; the names of tags are compared without case.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, string>? tags) =>
        tags is null ? [] : Tags.Select(name => Read(tags.FirstOrDefault(tag => tag.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value)).FirstOrDefault(names => names.Count > 0) ?? [];

    /// <summary>Whether a directory can be asked for it: an object id, or an address.</summary>
    public static bool MayBeKnown(string name) => Guid.TryParseExact(name, "D", out _) || (name.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < name.Length - 1);
}
