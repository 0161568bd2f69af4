using Nhi.Governance.Kinds;

namespace Nhi.Governance.Credentials;

/// <summary>Everything that one <c>SetSecret</c> carries: nothing is set and then updated.</summary>
public sealed record Publication
{
    public required SecretMaterial Value { get; init; }

    /// <summary>The whole tag set, our own tag included.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
    public string? ContentType { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Asked right before it is sent, with the token at hand; null: nothing holds it back.</summary>
    public IFence? Fence { get; init; }
}
