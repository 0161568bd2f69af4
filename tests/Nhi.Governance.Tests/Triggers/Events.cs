using System.Text.Json.Nodes;
using Nhi.Governance.Estate;

namespace Nhi.Governance.Tests.Triggers;

/// <summary>Events as Key Vault sends them, to be changed by a test, and the vaults in scope.</summary>
internal sealed class Events : IVaultRegistry
{
    public static DateTimeOffset Now { get; } = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    public const string Topic = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg-payments/providers/Microsoft.KeyVault/vaults/kv1";

    public static Events Vaults { get; } = new();

    public IReadOnlyList<GovernedVault> All { get; } = [new("kv1.vault.azure.net", "prod"), new("kv2.vault.azure.net", "test")];

    public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);

    public static JsonObject Data() => new()
    {
        ["Id"] = "https://kv1.vault.azure.net/secrets/db-password/ee059b2bb5bc48398a53b168c6cdcb10",
        ["VaultName"] = "kv1",
        ["ObjectType"] = "Secret",
        ["ObjectName"] = "db-password",
        ["Version"] = "ee059b2bb5bc48398a53b168c6cdcb10",
        ["NBF"] = 1559081980,
        ["EXP"] = 1559082102,
    };

    public static JsonObject EventGrid() => new()
    {
        ["id"] = "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
        ["topic"] = Topic,
        ["subject"] = "db-password",
        ["eventType"] = "Microsoft.KeyVault.SecretNearExpiry",
        ["eventTime"] = "2026-03-02T07:55:00.1234567Z",
        ["data"] = Data(),
        ["dataVersion"] = "1",
        ["metadataVersion"] = "1",
    };

    public static JsonObject Cloud() => new()
    {
        ["id"] = "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
        ["source"] = Topic,
        ["subject"] = "db-password",
        ["type"] = "Microsoft.KeyVault.SecretNearExpiry",
        ["time"] = "2026-03-02T07:55:00.1234567Z",
        ["data"] = Data(),
        ["specversion"] = "1.0",
    };
}
