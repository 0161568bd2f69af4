using Nhi.Evidence.Records;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using static Nhi.Evidence.Records.FrameworkControls;

namespace Nhi.Governance.Frameworks;

/// <summary>Which controls a record serves: by its action, and a finding by its signal.</summary>
public static class ControlsServed
{
    private const string Observe = "observe";
    private static readonly string[] _lifecycle = [LongLived, CredentialsManaged, CredentialsManaged11, AiPolicies];
    private static readonly string[] _offboarding = [Offboarding, CredentialsManaged, CredentialsManaged11, AiDecommissioning, AiDeactivation];
    private static readonly string[] _leak = [Leakage, Eradication, Mitigation11, AiIncidents];
    private static readonly string[] _policy = [Permissions, Permissions11, AiPolicies];
    private static readonly string[] _privilege = [Overprivileged, Permissions, Permissions11, AiPolicies];
    private static readonly string[] _ownership = [Offboarding, Roles, Roles11, AiRoles];
    private static readonly string[] _inventory = [Inventories, AssetLifecycle, SoftwareInventory11, AiInventory];
    private static readonly string[] _monitoring = [Monitoring, Monitoring11, Analysis, Analysis11, AiReview];

    /// <summary>The actions of records, those of one noun that serve the same as <c>noun.*</c>.</summary>
    public static readonly IReadOnlyList<string> Actions =
    [
        .. new[] { Verbs.Rotate, Verbs.Repair, Verbs.Follow, Verbs.Rollback, Verbs.Govern, Observe, Verbs.Revoke, Verbs.Clean, Verbs.Retire, Verbs.Emergency, Verbs.Adopt, Verbs.Hold, Verbs.Release, Verbs.Pause, Verbs.Resume }.Select(Verbs.Action),
        "owner.*", "notice.deliver", "removal.*", "privilege.*", "event.refuse", "estate.inventory", "estate.sweep", "estate.judge", "estate.reconcile", "evidence.verify", "log.*", "shard.*", "producers.end",
    ];

    /// <summary>What a record that is no finding's serves.</summary>
    /// <param name="action">E.g. <c>credential.rotate</c>.</param>
    /// <exception cref="ArgumentException">No record has that action.</exception>
    public static IReadOnlyList<string> By(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return action[..Math.Max(0, action.IndexOf('.', StringComparison.Ordinal))] switch
        {
            "credential" => OfVerb(action["credential.".Length..]),
            "owner" => _ownership,
            "removal" or "notice" => _offboarding,
            "privilege" => _privilege,
            "event" => [Authentication, Monitoring, Monitoring11],
            "log" or "shard" => OfTheLog,
            "producers" => OfProducersKey,
            _ => action switch
            {
                "estate.inventory" => _inventory,
                "estate.sweep" => [Inventories, CredentialsManaged, SoftwareInventory11, CredentialsManaged11, AiReview],
                "estate.judge" => [Offboarding, Inventories, SoftwareInventory11, Monitoring, Monitoring11, AiReview],
                "estate.reconcile" => _monitoring,
                "evidence.verify" => [Monitoring, Monitoring11, DataAtRest, Integrity11, AiReview],
                _ => throw new ArgumentException($"No record has the action '{action}'.", nameof(action)),
            },
        };
    }

    /// <summary>What the records of a finding serve.</summary>
    /// <param name="signal">One of <see cref="SignalNames"/>.</param>
    public static IReadOnlyList<string> BySignal(string signal) => signal switch
    {
        SignalNames.NoOwner or SignalNames.OwnerLeft or SignalNames.AttestationDue or SignalNames.AttestationLapsed => _ownership,
        SignalNames.ResourceGone or SignalNames.WorkloadGone or SignalNames.NeverUsed or SignalNames.Unused or SignalNames.QuarantineStands => [Offboarding, .. _inventory, AiDecommissioning],
        SignalNames.NoExpiry or SignalNames.LifeTooLong or SignalNames.OldVersionEnabled or SignalNames.Expired or SignalNames.ExpiredAccepted or SignalNames.RotationWaits => _lifecycle,
        SignalNames.ReusedValue => [Reuse, EnvironmentIsolation, CredentialsManaged, CredentialsManaged11],
        SignalNames.OverPrivileged => _privilege,
        SignalNames.Shadow or SignalNames.NoPolicy => [Authentication, .. _inventory],
        SignalNames.PublishedRefused or SignalNames.PublishedOver or SignalNames.Resurrected or SignalNames.ReadInQuarantine => [CredentialsManaged, CredentialsManaged11, Analysis, Analysis11],
        SignalNames.EvidenceBroken => [.. OfTheLog, DataAtRest, Integrity11],
        _ => _monitoring,
    };

    private static string[] OfVerb(string verb) => verb switch
    {
        Verbs.Rotate or Verbs.Repair or Verbs.Follow or Verbs.Rollback => _lifecycle,
        Verbs.Revoke or Verbs.Clean or Verbs.Retire => _offboarding,
        Verbs.Emergency => _leak,
        _ => _policy,
    };
}
