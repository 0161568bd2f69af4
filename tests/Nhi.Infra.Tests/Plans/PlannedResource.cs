using System.Text.Json.Nodes;

namespace Nhi.Infra.Tests.Plans;

/// <summary>One resource of an evaluated template. Values that only Azure knows are expressions: <c>[reference(…)]</c>.</summary>
internal sealed class PlannedResource(JsonObject json)
{
    public JsonObject Json => json;

    public string Type => (string)json["type"]!;

    public string Id => (string)json["id"]!;

    /// <summary>The last part of its name.</summary>
    public string Name => ((string)json["name"]!).Split('/')[^1];

    public JsonNode? Properties => json["properties"];

    /// <summary>The id of what an extension resource (an assignment, a diagnostic setting, a lock) belongs to; of a child, its parent.</summary>
    public string Scope => Id[..Id.LastIndexOf($"/providers/{Type}/", StringComparison.OrdinalIgnoreCase)];

    public string Subscription => Id.Split('/')[2];

    public string ResourceGroup => Id.Split('/')[4];

    /// <summary>A value by path, e.g. <c>properties.encryption.keySource</c> or <c>properties.actions[0].actionGroupId</c>; null where there is none.</summary>
    public JsonNode? At(string path) => path.Split('.', '[').Aggregate((JsonNode?)json, (node, step) => node switch
    {
        JsonObject inside => inside[step],
        JsonArray list => int.TryParse(step.TrimEnd(']'), out var i) && i < list.Count ? list[i] : null,
        _ => null,
    });

    public string? Text(string path) => At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public bool Is(string path, bool expected) => At(path) is JsonValue value && value.TryGetValue<bool>(out var actual) && actual == expected;

    public bool Is(string path, string expected) => Text(path) == expected;

    public bool Is(string path, int expected) => At(path) is JsonValue value && value.TryGetValue<int>(out var actual) && actual == expected;

    public IEnumerable<string> Texts(string path) => At(path) is JsonArray list ? list.Select(one => one!.GetValue<string>()) : [];

    public override string ToString() => $"{Type} {string.Join('/', Id.Split('/')[^Math.Min(4, Id.Split('/').Length)..])}";
}
