using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Evidence.Records;

namespace Nhi.Azure.Deployments;

/// <summary>
/// What the template sets against what Azure shows. What the template does not set is Azure's own business, but in lists that say who may do what: there, one more is a difference too.
/// Names, ids and words of Azure are compared as Azure does, without regard to case.
/// </summary>
internal static class PropertyComparison
{
    /// <summary>Lists that Azure fills up with what is off, or with its own last word.</summary>
    private static readonly string[] _openLists = ["logs", "metrics"];

    /// <summary>False where Azure shows nothing, but for these, whose absence means true.</summary>
    private static readonly string[] _trueUnlessSaid = ["allowSharedKeyAccess", "allowBlobPublicAccess", "publicNetworkAccess"];

    /// <summary>Objects whose members are a list by another name: one more is one too many.</summary>
    private static readonly string[] _closedObjects = ["userAssignedIdentities"];

    /// <summary>What the template can't say that it wants nothing of, since Azure takes no empty one: the end of a subscription.</summary>
    private static readonly string[] _absentUnlessSaid = ["expirationTimeUtc"];

    /// <summary>Path and sentence of each difference.</summary>
    public static IEnumerable<(string Path, string What)> Of(JsonNode? expected, JsonNode? actual, string path)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        return expected switch
        {
            null => [],
            JsonObject members => OfObject(members, actual, path, name),
            JsonArray list => OfList(list, actual as JsonArray ?? [], path, name),
            _ => name == Remedies.Period ? OfPeriod(expected, actual, path) : IsSame(expected, actual, name) ? [] : [(path, $"{name} is {Shown(actual)}, not {Shown(expected)}")],
        };
    }

    public static string Shown(JsonNode? value)
    {
        var text = value switch { null => "not there", JsonValue one => one.ToString(), _ => value.ToJsonString() };
        return ValueGuard.LooksLikeSecret(text) && !Guid.TryParse(text, out _) && !text.StartsWith('/') && value is JsonValue ? $"[{text.Length} characters]" : text.Length > 120 ? text[..120] + "…" : text;
    }

    /// <summary>A member by name, whatever its case: keys that are ids come back as Azure spells them.</summary>
    public static JsonNode? Member(JsonNode? node, string name) => node is JsonObject json ? json.FirstOrDefault(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value : null;

    private static IEnumerable<(string, string)> OfObject(JsonObject expected, JsonNode? actual, string path, string name)
    {
        var found = expected.SelectMany(one => Of(one.Value, Member(actual, one.Key), $"{path}.{one.Key}"))
            .Concat(_absentUnlessSaid.Where(one => Member(expected, one) is null && Member(actual, one) is not null).Select(one => ($"{path}.{one}", $"{one} is {Shown(Member(actual, one))}, which the template does not set")));
        if (!_closedObjects.Contains(name))
            return found;
        var there = (actual as JsonObject ?? []).Select(one => one.Key).ToList();
        return expected.Where(one => !there.Contains(one.Key, StringComparer.OrdinalIgnoreCase)).Select(one => (path, $"{name} lacks {ArmIds.Text(one.Key)}"))
            .Concat(there.Where(key => !expected.Any(one => string.Equals(one.Key, key, StringComparison.OrdinalIgnoreCase))).Select(key => (path, $"{name} has also {ArmIds.Text(key)}")));
    }

    private static IEnumerable<(string, string)> OfList(JsonArray expected, JsonArray actual, string path, string name)
    {
        var left = actual.Where(one => !IsLastWord(one)).ToList();
        List<JsonNode?> unmatched = [];
        foreach (var wanted in expected)
        {
            var match = left.FindIndex(one => !Of(wanted, one, path).Any());
            if (match < 0)
                unmatched.Add(wanted);
            else
                left.RemoveAt(match);
        }

        foreach (var wanted in unmatched)
        {
            // One that differs was changed: not one gone and another one added.
            if (wanted is JsonObject && left.OfType<JsonObject>().MinBy(one => Of(wanted, one, path).Count()) is { } nearest)
            {
                left.Remove(nearest);
                foreach (var difference in Of(wanted, nearest, path))
                    yield return difference;
            }
            else
                yield return (path, $"{name} lacks {Shown(wanted)}");
        }

        if (!_openLists.Contains(name))
            foreach (var more in left)
                yield return (path, $"{name} has also {Shown(more)}");
    }

    /// <summary>What Azure appends to every list of allowed addresses.</summary>
    private static bool IsLastWord(JsonNode? rule) => Member(rule, "action")?.ToString() == "Deny" && Member(rule, "priority")?.ToString() == "2147483647";

    /// <summary>Longer protects more.</summary>
    private static IEnumerable<(string, string)> OfPeriod(JsonNode expected, JsonNode? actual, string path) =>
        actual?.GetValueKind() == JsonValueKind.Number && actual.GetValue<int>() >= expected.GetValue<int>() ? [] : [(path, $"the retention is {Shown(actual)} days, not {Shown(expected)}")];

    private static bool IsSame(JsonNode expected, JsonNode? actual, string name)
    {
        if (actual is null)
            return (expected.GetValueKind() == JsonValueKind.False && !_trueUnlessSaid.Contains(name)) || expected.ToString().Length == 0;
        if (expected.GetValueKind() != JsonValueKind.String || actual.GetValueKind() != JsonValueKind.String)
            return JsonNode.DeepEquals(expected, actual);
        // A condition of a role names blobs, whose names heed case; and regions come back with or without blanks.
        return name == "location"
            ? string.Equals(Region(expected), Region(actual), StringComparison.OrdinalIgnoreCase)
            : string.Equals(Line(expected), Line(actual), name == "condition" ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
    }

    private static string Region(JsonNode value) => value.ToString().Replace(" ", "", StringComparison.Ordinal);

    private static string Line(JsonNode value) => value.ToString().ReplaceLineEndings("\n").TrimEnd('/');
}
