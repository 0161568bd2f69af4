using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>Who read which version when: the table <c>Use</c>. Derived from the platform's logs. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IUseFacts
{
    /// <summary>All reads of a credential, in no order.</summary>
    IAsyncEnumerable<UseFact> OfAsync(CredentialId id, CancellationToken ct);

    /// <summary>
    /// The window (UTC) in which the reads of that vault are known without a gap, up to now less the log's lag; null where its log was never seen: then "no use is known" says nothing.
    /// </summary>
    Task<UseWindow?> KnownAsync(string vaultHost, CancellationToken ct);
}

/// <summary>Reads are known in (<paramref name="From"/>, <paramref name="To"/>].</summary>
public sealed record UseWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>A log that ends earlier than so long ago stands still.</summary>
    private static readonly TimeSpan _standsStill = TimeSpan.FromHours(3);

    /// <summary>Whether it says nothing of today any more.</summary>
    public bool StandsStill(DateTimeOffset now) => To < now - _standsStill;
}
