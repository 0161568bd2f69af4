namespace Nhi.Governance.Credentials;

/// <summary>
/// One version of a secret as a list shows it: no value. Instants are UTC, whole seconds, governance time.
/// </summary>
public sealed record CredentialVersion
{
    /// <summary>32 characters.</summary>
    public required string Version { get; init; }
    public required bool Enabled { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>The last change of attributes or tags.</summary>
    public required DateTimeOffset Updated { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public string? ContentType { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>True when a certificate backs the secret: inventoried, never touched.</summary>
    public bool Managed { get; init; }

    /// <summary>Our own tag, or null.</summary>
    public NhiTag? Nhi => Tags.TryGetValue(NhiTag.Name, out var text) ? NhiTag.TryParse(text) : null;

    /// <summary>The record that an emergency tag points at, or null.</summary>
    public string? MarkRecord => Tags.TryGetValue(NhiTag.MarkName, out var path) && path.Length <= 256 ? path : null;

    /// <summary>True when its credential is proven dead.</summary>
    public bool IsDead => Nhi is { Dead: true };
}
