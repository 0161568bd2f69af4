using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Findings;

/// <summary>
/// What a sweep saw that breaks policy: one signal about one subject. Instants UTC, governance time. The table <c>Findings</c> keeps what is open; the records in evidence are what was said.
/// </summary>
public sealed record Finding
{
    /// <summary>One of <see cref="SignalNames"/>.</summary>
    public required string Signal { get; init; }

    /// <summary>What it is about: a credential's id, a resource's, a vault's host, an identity's object id. At most 512 characters.</summary>
    public required string Subject { get; init; }

    /// <summary>The credential it is about, where it is about one.</summary>
    public CredentialId? Credential { get; init; }
    public ResourceId? Resource { get; init; }
    public string? Kind { get; init; }

    /// <summary>Who is told; null where nobody is known.</summary>
    public string? Owner { get; init; }

    /// <summary><c>info</c>, <c>warning</c>, <c>critical</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>0 to 100: what to see to first.</summary>
    public required int Score { get; init; }

    /// <summary>What was seen, one fact a text, without any value. The same facts a second time are no news, so a fact holds an instant and not an age.</summary>
    public required IReadOnlyList<string> Facts { get; init; }

    /// <summary>What a person can do.</summary>
    public required string Remedy { get; init; }

    /// <summary>When it was first seen; set when it is told.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When a look showed that it is over; null while it is open.</summary>
    public DateTimeOffset? Resolved { get; init; }

    /// <summary>The record that told it, as a blob name.</summary>
    public string? Record { get; init; }

    /// <summary>The same for every look at it: signal and subject.</summary>
    public string Key => CrockfordBase32.OfSha256($"{Signal}\n{Subject}");

    /// <summary>A short mark of what is compared in <see cref="SaysTheSameAs"/>.</summary>
    public string Mark => CrockfordBase32.OfSha256(string.Join('\n', ((string[])[Signal, Subject, Severity, $"{Score}", Owner ?? "", .. Facts]).Select(text => $"{text.Length} {text}")));

    /// <summary>Whether another look says something new.</summary>
    public bool SaysTheSameAs(Finding other) =>
        (Signal, Subject, Severity, Score, Owner) == (other.Signal, other.Subject, other.Severity, other.Score, other.Owner) && Facts.SequenceEqual(other.Facts, StringComparer.Ordinal);
}
