using System.Text.Json.Serialization;

namespace Nhi.Azure.Rotators.Entra;

/// <summary>Graph's <c>passwordCredential</c>. A class, not a record: a record would print the secret.</summary>
internal sealed class PasswordCredential
{
    public string? KeyId { get; init; }
    public string? DisplayName { get; init; }

    /// <summary>The first three characters.</summary>
    public string? Hint { get; init; }

    /// <summary>Only in the answer to <c>addPassword</c>.</summary>
    public string? SecretText { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? StartDateTime { get; init; }

    /// <summary>UTC; what was granted, which may differ from what was asked.</summary>
    public DateTimeOffset? EndDateTime { get; init; }
}

/// <summary>What is read of Graph's <c>keyCredential</c>, a certificate.</summary>
internal sealed class KeyCredential
{
    public string? KeyId { get; init; }
    public string? DisplayName { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? StartDateTime { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? EndDateTime { get; init; }
}

/// <summary>What is read of Graph's <c>application</c>, and of its <c>servicePrincipal</c>: each has credentials of its own, and all of them open the application.</summary>
internal sealed class EntraApplication
{
    public IReadOnlyList<PasswordCredential>? PasswordCredentials { get; init; }
    public IReadOnlyList<KeyCredential>? KeyCredentials { get; init; }
}

/// <summary>The body of <c>addPassword</c>.</summary>
internal sealed record AddPassword(PasswordCredential PasswordCredential);

/// <summary>The body of <c>removePassword</c>.</summary>
internal sealed record RemovePassword(string KeyId);

/// <summary>What is read of the login endpoint's refusal; its description is not read.</summary>
internal sealed class TokenRefusal
{
    [JsonPropertyName("error_codes")]
    public IReadOnlyList<int>? ErrorCodes { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EntraApplication))]
[JsonSerializable(typeof(PasswordCredential))]
[JsonSerializable(typeof(AddPassword))]
[JsonSerializable(typeof(RemovePassword))]
[JsonSerializable(typeof(TokenRefusal))]
internal sealed partial class EntraJson : JsonSerializerContext;
