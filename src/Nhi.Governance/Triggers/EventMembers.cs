using System.Text.Json;

namespace Nhi.Governance.Triggers;

/// <summary>
/// The members of one JSON object by trimmed names without case: Microsoft's own examples have <c>"ObjectName "</c>. A name that stands there twice makes the object unreadable: nobody could say which one counts.
/// </summary>
internal sealed class EventMembers
{
    private const int MostMembers = 64;
    private const int LongestText = 1024;
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.OrdinalIgnoreCase);

    private EventMembers() { }

    /// <summary>Null when it is no object, or one that cannot be read in one way only.</summary>
    public static EventMembers? Of(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        var members = new EventMembers();
        foreach (var property in element.EnumerateObject())
            if (members._members.Count >= MostMembers || NameOf(property) is not { } name || !members._members.TryAdd(name, property.Value))
                return null;
        return members;
    }

    public bool Has(string name) => _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Trimmed, at most <paramref name="longest"/> characters (1024 unless said); null when it is not there, no string, too long, or holds broken escapes.</summary>
    public string? Text(string name, int longest = LongestText) => _members.TryGetValue(name, out var value) && TextOf(value) is { } text && text.Length <= longest ? text : null;

    public EventMembers? Object(string name) => _members.TryGetValue(name, out var value) ? Of(value) : null;

    public JsonElement? Array(string name) => _members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Array ? value : null;

    /// <summary>A whole number, also where it is written as a text; null for anything else.</summary>
    public int? Number(string name) => !_members.TryGetValue(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : int.TryParse(Text(name), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var text) ? text : null;

    /// <summary>What a rejection may say of a member: its kind, and of a string the length.</summary>
    public string Shape(string name)
    {
        if (!_members.TryGetValue(name, out var value))
            return $"{name}: missing";
        return value.ValueKind == JsonValueKind.String && TextOf(value) is { } text ? $"{name}: {RefusedText.Of(text.Length)}" : $"{name}: {value.ValueKind}";
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name.Trim();
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate has no text.
            return null;
        }
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
