namespace Nhi.Governance.Triggers;

/// <summary>What one delivery of Event Grid held. Each event is in one of the first two lists.</summary>
/// <param name="Accepted">In the order of the delivery.</param>
/// <param name="Rejected">Why the others were not taken; nothing is to be done about them but counting.</param>
/// <param name="Doubts">What was not believed of accepted events: counted as well.</param>
public sealed record SecretEventReading(IReadOnlyList<Trigger> Accepted, IReadOnlyList<EventRejection> Rejected, IReadOnlyList<EventRejection> Doubts);

/// <summary>One thing that was not taken. <paramref name="Facts"/>: shapes and lengths, e.g. <c>vaultName: [refused, 300 characters]</c>; never any text of the event.</summary>
public sealed record EventRejection(RejectionReason Reason, IReadOnlyList<string> Facts);

/// <summary>Why an event, or a part of it, was not taken.</summary>
public enum RejectionReason
{
    /// <summary>The body is longer than 64 KiB characters.</summary>
    TooLarge,

    /// <summary>The body is no JSON, or is nested more than 16 deep.</summary>
    NotJson,

    /// <summary>More events in one body than are looked at.</summary>
    TooMany,

    /// <summary>No object, no events at all, or members twice or of the wrong type.</summary>
    NotAnEvent,

    /// <summary>Not one of the three types that are acted on.</summary>
    OtherType,

    /// <summary>Topic or source is no resource id of a vault.</summary>
    NotFromAVault,

    /// <summary>The data does not name one version, or all, of one secret.</summary>
    NotASecret,

    /// <summary>Id, vault name, object name, subject and topic do not say the same.</summary>
    Contradiction,

    /// <summary>That vault is not governed here.</summary>
    OtherVault,

    /// <summary>Accepted, but its time is missing, unreadable, or outside of [now − 36 h, now + 15 min].</summary>
    TimeNotBelieved,
}
