using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operations;

/// <summary>
/// The row of one resource in the table <c>Operations</c>: who works on it, since when, at what. It is the lock; evidence, tags and provider know everything else.
/// Instants are UTC, governance time. Made when the resource is first seen, never deleted, changed only by <c>If-Match</c>.
/// </summary>
public sealed record OperationRow
{
    /// <summary>The owner of a row that was made and never taken since.</summary>
    public const string NobodyYet = "nobody yet";

    public required ResourceId Resource { get; init; }

    /// <summary>The instance that took it last.</summary>
    public required string Owner { get; init; }

    /// <summary>True while somebody works on it, or left it open.</summary>
    public required bool Open { get; init; }

    /// <summary>Grows by one with each taking.</summary>
    public required long Fence { get; init; }

    /// <summary>True for a row that was made or rebuilt and not taken since with the marker row in sight: until then only emergency and repair have effects.</summary>
    public bool Unproven { get; init; }

    /// <summary>How long it is held after its last change, real time: the kind's settle window, scaled.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>When the resource was first seen.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Start of the attempt: the <c>Date</c> of the read before it was taken, whole seconds.</summary>
    public DateTimeOffset? Start { get; init; }

    public string? Rotation { get; init; }
    public string? Op { get; init; }
    public string? Verb { get; init; }
    public CredentialId? Credential { get; init; }

    /// <summary>The trigger of the attempt, for a reader.</summary>
    public string? Trigger { get; init; }

    /// <summary>Where the attempt is, for a reader.</summary>
    public string? Step { get; init; }

    /// <summary>Not to be closed before this instant (cutover, unknown outcome), governance time.</summary>
    public DateTimeOffset? SettleUntil { get; init; }

    /// <summary>Intents of this and of earlier attempts that nobody has closed yet, oldest first: blob names.</summary>
    public IReadOnlyList<string> OpenIntents { get; init; } = [];

    /// <summary>The newest outcome of this resource: its blob name. A short cut to the evidence, which alone counts.</summary>
    public string? LastOutcome { get; init; }

    /// <summary>Back-off by <c>{verb}:{R or subject}</c>.</summary>
    public IReadOnlyDictionary<string, BackOff> BackOff { get; init; } = new Dictionary<string, BackOff>();
}
