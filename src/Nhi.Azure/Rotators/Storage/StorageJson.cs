using System.Text.Json.Serialization;

namespace Nhi.Azure.Rotators.Storage;

/// <summary>The answer of <c>listKeys</c> and <c>regenerateKey</c>. Classes, not records: a record would print the keys.</summary>
internal sealed class StorageKeys
{
    public IReadOnlyList<StorageKey>? Keys { get; init; }
}

internal sealed class StorageKey
{
    public string? KeyName { get; init; }
    public string? Value { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? CreationTime { get; init; }
}

/// <summary>The body of <c>regenerateKey</c>.</summary>
internal sealed record RegenerateKey(string KeyName);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StorageKeys))]
[JsonSerializable(typeof(RegenerateKey))]
internal sealed partial class StorageJson : JsonSerializerContext;
