using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Settings;
using Nhi.Azure.Time;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tests.Vaults;

/// <summary>The vault adaptors over a scripted network, with an identity of its own for each purpose.</summary>
internal sealed class VaultRig
{
    public const string WatcherId = "11111111-1111-1111-1111-111111111111";
    public const string RotatorId = "22222222-2222-2222-2222-222222222222";
    public const string StagingId = "33333333-3333-3333-3333-333333333333";
    public static readonly CredentialId Id = CredentialId.Of("kv1.vault.azure.net", "payroll");

    public VaultRig(Func<FakeWire.Sent, HttpResponseMessage> answer)
    {
        Wire = new FakeWire(answer);
        Settings = TestSettings.Read(
            ("Identities__Watcher", WatcherId), ("Identities__Writer", WatcherId), ("Identities__Sequencer", WatcherId), ("Identities__Rotators__prod", RotatorId), ("Identities__Rotators__staging", StagingId));
        Clients = new VaultClients(new AzureIdentities(Settings, _ => null, id => new FakeToken(id ?? "none")), new ClientEquipment(Calls, Wire.Transport));
        Vault = new KeyVaultCredentialVault(Clients, new VaultRegistry(Settings, null, TimeProvider.System), Clock);
    }

    public FakeWire Wire { get; }
    public NhiSettings Settings { get; }
    public VaultClients Clients { get; }
    public CallCounter Calls { get; } = new();
    public GovernanceClock Clock { get; } = new();
    public KeyVaultCredentialVault Vault { get; }

    public static string Secret(string version, long created = 1_700_000_000, bool enabled = true, string? value = null, string name = "payroll", string extra = "") => $$"""
        {"id":"https://kv1.vault.azure.net/secrets/{{name}}/{{version}}",{{(value is null ? "" : $"\"value\":\"{value}\",")}}"attributes":{"enabled":{{(enabled ? "true" : "false")}},"created":{{created}},"updated":{{created + 5}},"exp":1800000000,"recoveryLevel":"Recoverable"},"tags":{"nhi-kind":"generated"}{{extra}}}
        """;
}
