namespace Nhi.Governance.Estate;

/// <summary>Looks which vaults there are (<c>Nhi__Discovery</c>) and keeps what it found, so that every instance has the same scope.</summary>
public interface IVaultDiscovery
{
    /// <summary>
    /// Looks once. Null when it went well or nothing is to be discovered; else why the scope is the one that was known before, for a person. Never throws but for cancellation.
    /// </summary>
    Task<string?> DiscoverAsync(DateTimeOffset now, CancellationToken ct);

    /// <summary>Looks how many there are to be found, and keeps nothing of it; null where nothing is to be discovered. Throws <see cref="Credentials.ExternalCallException"/> when nobody can say.</summary>
    Task<int?> CountAsync(CancellationToken ct) => Task.FromResult<int?>(null);
}
