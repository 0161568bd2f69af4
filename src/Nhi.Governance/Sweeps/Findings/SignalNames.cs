namespace Nhi.Governance.Sweeps.Findings;

/// <summary>Every signal by its name, as findings, records and <c>nhi findings --signal</c> spell it.</summary>
public static class SignalNames
{
    // What a sweep sees of one credential, its resource or its identity.
    public const string NoOwner = "no-owner";
    public const string OwnerLeft = "owner-left";
    public const string ResourceGone = "resource-gone";
    public const string WorkloadGone = "workload-gone";
    public const string NeverUsed = "never-used";
    public const string Unused = "unused";
    public const string NoExpiry = "no-expiry";
    public const string LifeTooLong = "life-too-long";
    public const string OldVersionEnabled = "old-version-enabled";
    public const string NoPolicy = "no-policy";
    public const string Shadow = "shadow";
    public const string ReusedValue = "reused-value";
    public const string Expired = "expired";
    public const string ExpiredAccepted = "expired-accepted";
    public const string PublishedRefused = "published-refused";
    public const string OverPrivileged = "over-privileged";

    // What stands still until a person acts.
    public const string RotationWaits = "rotation-waits";
    public const string QuarantineStands = "quarantine-stands";

    // What an attempt saw of others' hands.
    public const string PublishedOver = "published-over";
    public const string Resurrected = "resurrected";

    // What lapses between people.
    public const string AttestationDue = "attestation-due";
    public const string AttestationLapsed = "attestation-lapsed";

    // What happened without us, or did not happen although we say so.
    public const string UngovernedChange = "ungoverned-change";
    public const string EvidenceWithoutChange = "evidence-without-change";
    public const string DiagnosticsDeleted = "diagnostics-deleted";
    public const string SubscriptionDeleted = "subscription-deleted";
    public const string PolicyDeleted = "policy-deleted";
    public const string LockDeleted = "lock-deleted";
    public const string VaultLeft = "vault-left";
    public const string ObservedChanges = "observed-changes";
    public const string LogLate = "log-late";

    // What verifying the evidence found.
    public const string EvidenceBroken = "evidence-broken";

    // What an event should have told.
    public const string EventMissed = "event-missed";
    public const string EventDeadLettered = "event-dead-lettered";
    public const string NearExpiryUnanswered = "near-expiry-unanswered";

    // What came back from quarantine by itself.
    public const string ReadInQuarantine = "read-in-quarantine";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        NoOwner, OwnerLeft, ResourceGone, WorkloadGone, NeverUsed, Unused, NoExpiry, LifeTooLong,
        OldVersionEnabled, NoPolicy, Shadow, ReusedValue, Expired, ExpiredAccepted, PublishedRefused, OverPrivileged, RotationWaits, QuarantineStands, PublishedOver, Resurrected, AttestationDue, AttestationLapsed,
        UngovernedChange, EvidenceWithoutChange, DiagnosticsDeleted, SubscriptionDeleted, PolicyDeleted, LockDeleted, VaultLeft, ObservedChanges, LogLate, EvidenceBroken,
        EventMissed, EventDeadLettered, NearExpiryUnanswered, ReadInQuarantine,
    ];

    /// <summary>What happened once: no look can see that it is over (but that a vault came back), so a person says it.</summary>
    public static readonly IReadOnlyList<string> ClosedByPeople =
    [
        UngovernedChange, EvidenceWithoutChange, DiagnosticsDeleted, SubscriptionDeleted, PolicyDeleted, LockDeleted, VaultLeft, LogLate, EventMissed, EventDeadLettered, NearExpiryUnanswered, EvidenceBroken,
        PublishedOver, Resurrected,
    ];
}
