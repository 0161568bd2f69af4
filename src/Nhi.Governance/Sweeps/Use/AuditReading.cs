namespace Nhi.Governance.Sweeps.Use;

/// <summary>What one line or one body of the log held.</summary>
/// <param name="Events">In the order of the text.</param>
/// <param name="Rejected">Why parts of it were not taken: counted, never quoted.</param>
public sealed record AuditReading(IReadOnlyList<AuditEvent> Events, IReadOnlyList<AuditRejection> Rejected);

/// <summary>Why a part of a log was not taken.</summary>
public enum AuditRejection
{
    /// <summary>Longer than what is looked at.</summary>
    TooLarge,

    /// <summary>No JSON, or nested too deep.</summary>
    NotJson,

    /// <summary>No object, a member twice, or one that is missing or of another shape: time, resource, operation.</summary>
    NotAnEvent,

    /// <summary>Another category than AuditEvent.</summary>
    OtherCategory,

    /// <summary>The object is of another vault than the one whose log it is.</summary>
    Contradiction,
}
