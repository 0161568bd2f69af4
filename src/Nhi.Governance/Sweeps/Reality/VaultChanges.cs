using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>What of a vault's log is a change.</summary>
public static class VaultChanges
{
    /// <summary>Null for reads, lists, refusals, and what concerns keys and certificates. What changes a secret that the line does not name readably is a change of the vault: somebody has to look.</summary>
    public static PlatformChange? Of(AuditEvent one, string vaultHost)
    {
        if (one.Result != AuditResult.Done || KindOf(one.Operation) is not { } kind)
            return null;
        if (kind == ChangeKind.NearExpiry && one.Credential is null)
            return null;
        var ofVault = kind == ChangeKind.Access || one.Credential is null;
        return new PlatformChange
        {
            Time = one.Time,
            Kind = kind,
            Operation = one.Operation,
            Subject = ofVault ? vaultHost : one.Credential!.Value.ToString(),
            Credential = ofVault ? null : one.Credential,
            Version = ofVault ? null : one.Version,
            Principal = one.Principal,
            AppId = one.AppId,
            UserName = one.UserName,
            Ip = one.Ip,
            Correlation = one.Correlation,
        };
    }

    private static ChangeKind? KindOf(string operation) => operation switch
    {
        "SecretSet" => ChangeKind.Published,
        "SecretUpdate" => ChangeKind.Altered,
        "SecretDelete" or "SecretPurge" or "SecretRecover" or "SecretRestore" => ChangeKind.Removed,
        "SecretBackup" => ChangeKind.CopiedOut,
        "VaultPut" or "VaultPatch" or "VaultDelete" or "VaultAccessPolicyChangedEventGridNotification" => ChangeKind.Access,
        "SecretNearExpiryEventGridNotification" => ChangeKind.NearExpiry,
        _ => null,
    };
}
