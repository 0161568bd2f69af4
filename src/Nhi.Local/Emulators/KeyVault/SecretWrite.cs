using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>What a caller wants to set, checked against the limits of the service. Null members were not said.</summary>
internal sealed record SecretWrite
{
    private const int LargestValue = 25 * 1024;
    private const int MostTags = 15;
    private const int LongestTag = 256;
    private const int LongestContentType = 255;

    public string? Value { get; init; }

    public string? ContentType { get; init; }

    public bool? Enabled { get; init; }

    public long? NotBefore { get; init; }

    public long? Expires { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Of a certificate; never read from a body.</summary>
    public bool Managed { get; init; }

    /// <summary>Reads a body; the second member says what is wrong with it.</summary>
    public static (SecretWrite? Write, string? Wrong) Read(JsonObject? body, bool withValue)
    {
        if (body is null) return (null, "The request body is no JSON object.");
        try
        {
            var attributes = body["attributes"] as JsonObject;
            var write = new SecretWrite
            {
                Value = (string?)body["value"],
                ContentType = (string?)body["contentType"],
                Enabled = (bool?)attributes?["enabled"],
                NotBefore = (long?)attributes?["nbf"],
                Expires = (long?)attributes?["exp"],
                Tags = (body["tags"] as JsonObject)?.ToDictionary(tag => tag.Key, tag => (string?)tag.Value ?? ""),
            };
            return write.Wrong(withValue) is { } wrong ? (null, wrong) : (write, null);
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or FormatException or JsonException)
        {
            return (null, "A property of the request has the wrong type.");
        }
    }

    private string? Wrong(bool withValue) =>
        withValue && Value is null ? "Property value is required."
        : System.Text.Encoding.UTF8.GetByteCount(Value ?? "") > LargestValue ? "The secret value exceeds 25 KB."
        : ContentType?.Length > LongestContentType ? "The content type exceeds 255 characters."
        : Tags?.Count > MostTags ? "A secret has at most 15 tags."
        : Tags?.Any(tag => tag.Key.Length > LongestTag || tag.Value.Length > LongestTag) == true ? "A tag's name or value exceeds 256 characters."
        : null;
}
