namespace Nhi.Evidence.Tracing;

/// <summary>A credential at one instant (UTC), as far as the records that were written by then know.</summary>
public sealed record CredentialMoment
{
    public required DateTimeOffset Instant { get; init; }

    /// <summary>The version that consumers read then; null when no record knew one yet.</summary>
    public VersionLife? Current { get; init; }

    /// <summary>Superseded and not proven dead: its provider still accepted them, for all that is known.</summary>
    public required IReadOnlyList<VersionLife> Superseded { get; init; }

    /// <summary>Read back as dead by then.</summary>
    public required IReadOnlyList<VersionLife> Dead { get; init; }

    /// <summary>Intents without an outcome: what they were to change may have been changed already.</summary>
    public required IReadOnlyList<TracedRecord> UnderWay { get; init; }

    /// <summary>The last record that says which rule of which policy was in force.</summary>
    public TracedRecord? Decided { get; init; }

    /// <summary>True when the current version's end had passed.</summary>
    public bool Expired => Current?.Expires <= Instant;
}
