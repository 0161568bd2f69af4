using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>Who read which version when: the table <c>Use</c>. Derived from the platform's logs. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IUseFacts
{
    /// <summary>All reads of a credential, in no order.</summary>
    IAsyncEnumerable<UseFact> OfAsync(CredentialId id, CancellationToken ct);

    /// <summary>The reads of all credentials, in no order, where there are at most so many; null where there are more, or nobody can say: then each is asked for by itself.</summary>
    Task<IReadOnlyList<UseFact>?> AllAsync(int most, CancellationToken ct) => Task.FromResult<IReadOnlyList<UseFact>?>(null);

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

    /// <summary>The stretches in which the log was heard, those of before <see cref="From"/> among them, as far back as they are kept; none: the window alone. Two windows are the same whatever was heard before.</summary>
    public IReadOnlyList<LogSpan> Heard { get; init; } = [];

    /// <summary>How much of the time since then the log was heard, silences not counted: enough where it is for days, and a silence of an hour now and then hides no consumer. What is killed wants a window without a hole.</summary>
    public TimeSpan HeardSince(DateTimeOffset since) => (Heard.Count > 0 ? Heard : [new LogSpan(From, To)])
        .Select(span => (From: span.From > since ? span.From : since, To: span.To < To ? span.To : To))
        .Aggregate(TimeSpan.Zero, (sum, span) => span.To > span.From ? sum + (span.To - span.From) : sum);

    public bool Equals(UseWindow? other) => other is not null && (From, To) == (other.From, other.To);

    public override int GetHashCode() => HashCode.Combine(From, To);

    /// <summary>Whether it says nothing of today any more.</summary>
    public bool StandsStill(DateTimeOffset now) => To < now - _standsStill;
}
