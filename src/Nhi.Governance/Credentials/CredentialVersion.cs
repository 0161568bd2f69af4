namespace Nhi.Governance.Credentials;

/// <summary>
/// One version of a secret as a list shows it: no value. Instants are UTC, whole seconds, governance time.
/// </summary>
public sealed record CredentialVersion
{
    private readonly NhiTag? _nhi;

    /// <summary>32 characters.</summary>
    public required string Version { get; init; }
    public required bool Enabled { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>The last change of attributes or tags.</summary>
    public required DateTimeOffset Updated { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public string? ContentType { get; init; }

    /// <summary>The whole tag set, as it was read.</summary>
    public IReadOnlyDictionary<string, string> Tags
    {
        get;
        init
        {
            field = value;
            _nhi = value.TryGetValue(NhiTag.Name, out var text) ? NhiTag.TryParse(text) : null;
        }
    } = new Dictionary<string, string>();

    /// <summary>True when a certificate backs the secret: inventoried, never touched.</summary>
    public bool Managed { get; init; }

    /// <summary>Our own tag, or null.</summary>
    public NhiTag? Nhi => Disowned ? null : _nhi;

    /// <summary>True when its tag says what cannot be so: it was copied from an older version, or contradicts what the version holds. Whoever made the version, its tag does not tell.</summary>
    public bool Disowned { get; init; }

    /// <summary>The record that an emergency tag points at, or null.</summary>
    public string? MarkRecord => Tags.TryGetValue(NhiTag.MarkName, out var path) && path.Length <= 256 ? path : null;

    /// <summary>True when its credential is proven dead.</summary>
    public bool IsDead => Nhi is { Dead: true };
}
