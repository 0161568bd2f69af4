namespace Nhi.Local.Emulators.KeyVault;

/// <summary>One version as the vault keeps it. Times are whole seconds since 1970, governance time.</summary>
internal sealed record StoredVersion
{
    public required string Id { get; init; }

    public required string Value { get; init; }

    public string? ContentType { get; init; }

    public bool Enabled { get; init; } = true;

    public long? NotBefore { get; init; }

    public long? Expires { get; init; }

    public required long Created { get; init; }

    public required long Updated { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>A certificate backs it.</summary>
    public bool Managed { get; init; }

    /// <summary>For which expiry the near-expiry event was raised.</summary>
    public long? NearExpiryRaised { get; init; }

    /// <summary>For which expiry the expired event was raised.</summary>
    public long? ExpiredRaised { get; init; }
}
