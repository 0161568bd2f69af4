namespace Nhi.Evidence.Records;

/// <summary>A control of a framework, as a record's <c>controls</c> name it.</summary>
/// <param name="Id">E.g. <c>OWASP-NHI1:2025</c>, <c>CSF2:PR.AA-01</c>, <c>CSF1.1:PR.AC-1</c>, <c>AI-RMF:GOVERN-1.6</c>.</param>
/// <param name="Asks">What it asks for, in few words of ours.</param>
public sealed record FrameworkControl(string Id, string Asks);

/// <summary>
/// The controls that records name: OWASP Non-Human Identities Top 10 2025, NIST CSF 2.0 with the number of CSF 1.1 beside it, NIST AI RMF 1.0.
/// What is written in a record stays, so an id is never given another meaning.
/// </summary>
public static class FrameworkControls
{
    public const string Offboarding = "OWASP-NHI1:2025";
    public const string Leakage = "OWASP-NHI2:2025";
    public const string Authentication = "OWASP-NHI4:2025";
    public const string Overprivileged = "OWASP-NHI5:2025";
    public const string LongLived = "OWASP-NHI7:2025";
    public const string EnvironmentIsolation = "OWASP-NHI8:2025";
    public const string Reuse = "OWASP-NHI9:2025";

    public const string Roles = "CSF2:GV.RR-02";
    public const string Inventories = "CSF2:ID.AM-07";
    public const string AssetLifecycle = "CSF2:ID.AM-08";
    public const string CredentialsManaged = "CSF2:PR.AA-01";
    public const string Permissions = "CSF2:PR.AA-05";
    public const string DataAtRest = "CSF2:PR.DS-01";
    public const string LogRecords = "CSF2:PR.PS-04";
    public const string Monitoring = "CSF2:DE.CM-09";
    public const string Analysis = "CSF2:DE.AE-02";
    public const string Eradication = "CSF2:RS.MI-02";

    public const string SoftwareInventory11 = "CSF1.1:ID.AM-2";
    public const string Roles11 = "CSF1.1:ID.AM-6";
    public const string CredentialsManaged11 = "CSF1.1:PR.AC-1";
    public const string Permissions11 = "CSF1.1:PR.AC-4";
    public const string Integrity11 = "CSF1.1:PR.DS-6";
    public const string LogRecords11 = "CSF1.1:PR.PT-1";
    public const string Monitoring11 = "CSF1.1:DE.CM-7";
    public const string Analysis11 = "CSF1.1:DE.AE-2";
    public const string Mitigation11 = "CSF1.1:RS.MI-2";

    public const string AiPolicies = "AI-RMF:GOVERN-1.4";
    public const string AiReview = "AI-RMF:GOVERN-1.5";
    public const string AiInventory = "AI-RMF:GOVERN-1.6";
    public const string AiDecommissioning = "AI-RMF:GOVERN-1.7";
    public const string AiRoles = "AI-RMF:GOVERN-2.1";
    public const string AiDeactivation = "AI-RMF:MANAGE-2.4";
    public const string AiIncidents = "AI-RMF:MANAGE-4.3";

    /// <summary>What seals, shards and the log's own findings serve: that log records are made and can be relied on.</summary>
    public static readonly IReadOnlyList<string> OfTheLog = [LogRecords, LogRecords11, AiPolicies];

    /// <summary>What it serves that a version of the key that certifies producers ends.</summary>
    public static readonly IReadOnlyList<string> OfProducersKey = [LongLived, CredentialsManaged, CredentialsManaged11];

    /// <summary>All of them, framework by framework.</summary>
    public static readonly IReadOnlyList<FrameworkControl> All =
    [
        new(Offboarding, "Improper offboarding: what nobody needs is found and ended"),
        new(Leakage, "Secret leakage: a value that leaked is dead soon"),
        new(Authentication, "Insecure authentication: no credential past the ones that are governed, no caller who is not known"),
        new(Overprivileged, "Overprivileged identities: no more than the policy and the work need"),
        new(LongLived, "Long-lived secrets: short lives, rotated in time"),
        new(EnvironmentIsolation, "Environment isolation: no value crosses from one environment into another"),
        new(Reuse, "Reuse: one credential, one use"),
        new(Roles, "Roles and responsibilities are set and known"),
        new(Inventories, "Inventories of data are kept"),
        new(AssetLifecycle, "Assets are managed throughout their life"),
        new(CredentialsManaged, "Identities and credentials are managed: issued, verified, revoked"),
        new(Permissions, "Permissions are defined in a policy, enforced and reviewed, with least privilege"),
        new(DataAtRest, "Data at rest keeps its integrity"),
        new(LogRecords, "Log records are made and available"),
        new(Monitoring, "Software, runtimes and their data are monitored for adverse events"),
        new(Analysis, "What may be adverse is analysed"),
        new(Eradication, "Incidents are eradicated"),
        new(SoftwareInventory11, "Platforms and applications are inventoried"),
        new(Roles11, "Roles and responsibilities are set"),
        new(CredentialsManaged11, "Credentials are issued, managed, verified, revoked and audited"),
        new(Permissions11, "Permissions are managed with least privilege and separated duties"),
        new(Integrity11, "Integrity is checked by mechanisms"),
        new(LogRecords11, "Log records are determined, made and reviewed"),
        new(Monitoring11, "Unauthorized persons, connections and software are looked for"),
        new(Analysis11, "Events that were detected are analysed"),
        new(Mitigation11, "Incidents are mitigated"),
        new(AiPolicies, "Risk is managed by transparent policies and controls"),
        new(AiReview, "Risk management is monitored and reviewed periodically"),
        new(AiInventory, "AI systems are inventoried"),
        new(AiDecommissioning, "AI systems are phased out safely"),
        new(AiRoles, "Roles and lines of communication are documented"),
        new(AiDeactivation, "AI systems can be superseded, disengaged, deactivated"),
        new(AiIncidents, "Incidents are communicated and tracked"),
    ];
}
