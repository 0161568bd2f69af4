using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>Which operation of a vault a request is, by AuditEvent's names.</summary>
internal readonly record struct Route(string Operation, VaultRights Right, string Name, string? Version)
{
    public static Route Of(Call call) => (call.Method, call.Segments) switch
    {
        ("GET", ["secrets"]) => new("SecretList", VaultRights.List, "", null),
        ("GET", ["secrets", var name, "versions"]) => new("SecretListVersions", VaultRights.List, name, null),
        ("GET", ["secrets", var name]) => new("SecretGet", VaultRights.Get, name, null),
        ("GET", ["secrets", var name, var version]) => new("SecretGet", VaultRights.Get, name, version),
        ("PUT", ["secrets", var name]) => new("SecretSet", VaultRights.Set, name, null),
        ("PATCH", ["secrets", var name]) => new("SecretUpdate", VaultRights.Set, name, null),
        ("PATCH", ["secrets", var name, var version]) => new("SecretUpdate", VaultRights.Set, name, version),
        ("DELETE", ["secrets", var name]) => new("SecretDelete", VaultRights.Delete, name, null),
        ("GET", ["deletedsecrets"]) => new("SecretListDeleted", VaultRights.List, "", null),
        ("GET", ["deletedsecrets", var name]) => new("SecretGetDeleted", VaultRights.List, name, null),
        ("DELETE", ["deletedsecrets", var name]) => new("SecretPurge", VaultRights.Purge, name, null),
        ("POST", ["deletedsecrets", var name, "recover"]) => new("SecretRecover", VaultRights.Recover, name, null),
        ("GET", ["keys", var name]) => new("KeyGet", VaultRights.KeyGet, name, null),
        ("GET", ["keys", var name, "versions"]) => new("KeyListVersions", VaultRights.KeyGet, name, null),
        ("GET", ["keys", var name, var version]) => new("KeyGet", VaultRights.KeyGet, name, version),
        ("POST", ["keys", var name, "sign"]) => new("KeySign", VaultRights.KeySign, name, null),
        ("POST", ["keys", var name, var version, "sign"]) => new("KeySign", VaultRights.KeySign, name, version),
        _ => new("Unknown", VaultRights.None, "", null),
    };
}
