using Nhi.Evidence.Records;

namespace Nhi.Governance.Credentials;

/// <summary>
/// The provider-side thing that a credential opens, as its rotator names it canonically: lower case. What is locked and what has slots.
/// </summary>
public readonly record struct ResourceId
{
    public ResourceId(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        Value = value.ToLowerInvariant();
    }

    public string Value { get; }

    /// <summary>A table key: the first 26 characters of lower-case base32(SHA-256), since ids hold <c>/</c>.</summary>
    public string Key => CrockfordBase32.OfSha256(Value);

    public override string ToString() => Value;
}
