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

/// <summary>What is read of the account itself.</summary>
internal sealed record StorageAccountShown(StorageAccountProperties? Properties);

internal sealed record StorageAccountProperties(KeyCreationTime? KeyCreationTime);

/// <summary>UTC; null for a key that was never regenerated since the service keeps the time.</summary>
internal sealed record KeyCreationTime(DateTimeOffset? Key1, DateTimeOffset? Key2);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StorageKeys))]
[JsonSerializable(typeof(RegenerateKey))]
[JsonSerializable(typeof(StorageAccountShown))]
internal sealed partial class StorageJson : JsonSerializerContext;
