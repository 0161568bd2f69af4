namespace Nhi.Governance.Publishing.Notices;

/// <summary>Where people are told: a webhook. It gets digests, one an owner and window, at least once and in the log's order; its cursor moves with each of them.</summary>
public interface IDigestSink
{
    /// <summary>Names its cursor; lower case, letters, digits and dashes, never changed.</summary>
    string Name { get; }

    /// <summary>How long news are collected.</summary>
    TimeSpan Window { get; }

    /// <summary>
    /// Returns when it is handed over; else throws <see cref="Credentials.ExternalCallException"/> and gets it again, or <see cref="DigestRefusedException"/> where it is this digest that it does not take: that one is given up after an hour. One may come twice: its <see cref="Digest.Id"/> is the same.
    /// </summary>
    Task SendAsync(Digest digest, CancellationToken ct);
}
