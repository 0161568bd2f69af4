using System.Globalization;
using Nhi.Infra.Tests.Compiler;

namespace Nhi.Infra.Tests;

/// <summary>What cannot work is refused before anything is deployed, with all that is wrong at once.</summary>
public sealed class RefusalTests(Bicep bicep)
{
    private const string Vault = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-a/providers/Microsoft.KeyVault/vaults/";
    private const string Account = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-a/providers/Microsoft.Storage/storageAccounts/";

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var refusal = await RefusedAsync($$"""
            param year = 2026
            param namePrefix = 'N-h'
            param auditWorkspaceId = '{{Account}}log'
            param network = { addressPrefix: '10.0.0.0/26' }
            param vaults = [
              { id: '/nonsense', environment: 'prod' }
              { id: '{{Vault}}kv-one', environment: 'prod' }
              { id: '{{Vault}}KV-ONE', environment: 'prod' }
              { id: '{{Vault}}kv', environment: 'pre-prod' }
              { id: '{{Vault}}kv-two', environment: 'Staging' }
              { id: '{{Vault}}kv-far', environment: 'prod', location: 'northeurope' }
            ]
            param resources = [
              { kind: 'postgres-role', id: '{{Account}}st', environment: 'prod' }
              { kind: 'storage-account-key', id: '{{Vault}}kv-one', environment: 'prod' }
              { kind: 'storage-account-key', id: '{{Account}}stdev', environment: 'dev' }
              { kind: 'storage-account-key', id: '{{Account}}stone', environment: 'prod' }
              { kind: 'storage-account-key', id: '{{Account}}STONE', environment: 'prod' }
            ]
            """);
        Assert.Contains("vaults: \"/nonsense\" is no resource id of a Key Vault.", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: one of them is named twice.", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: the name \"kv\" has not 3 to 24 characters.", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: the environment \"pre-prod\" of kv is to have letters and digits only", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: the environment of kv-two is \"staging\", which names the identity of the product's own vaults. Call it \"stage\".", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: kv-far is in northeurope, the deployment in westeurope. Name an auditAccountId there", refusal, StringComparison.Ordinal);
        Assert.Contains("resources: \"postgres-role\" is no kind that needs Azure rights. There are: storage-account-key.", refusal, StringComparison.Ordinal);
        Assert.Contains($"resources: \"{Vault}kv-one\" is no resource that storage-account-key opens.", refusal, StringComparison.Ordinal);
        Assert.Contains($"resources: no vault has the environment \"dev\" of {Account}stdev", refusal, StringComparison.Ordinal);
        Assert.Contains("resources: one of them is named twice for one environment.", refusal, StringComparison.Ordinal);
        Assert.Contains("alertEmails: alerts go to nobody.", refusal, StringComparison.Ordinal);
        Assert.Contains($"auditWorkspaceId: \"{Account}log\" is no resource id of a workspace.", refusal, StringComparison.Ordinal);
        Assert.Contains("network: 10.0.0.0/26 is too small.", refusal, StringComparison.Ordinal);
        Assert.Contains("namePrefix: \"N-h\" is to have lower-case letters and digits only", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_product_never_governs_what_it_lives_on()
    {
        var refusal = await RefusedAsync($$"""
            param year = 2026
            param alertEmails = ['a@example.com']
            param network = { appSubnetId: '/x' }
            param vaults = [
              { id: '{{Vault}}nhi-own-uh5d422we7', environment: 'prod', topicName: 'same' }
              { id: '{{Vault}}kv-two', environment: 'prod', topicName: 'same' }
            ]
            param resources = [{ kind: 'storage-account-key', id: '{{Account}}nhistateuh5d422we7', environment: 'prod' }]
            """);
        Assert.Contains("vaults: \"nhi-own-uh5d422we7\" is the product's own", refusal, StringComparison.Ordinal);
        Assert.Contains("resources: \"nhistateuh5d422we7\" is the product's own", refusal, StringComparison.Ordinal);
        Assert.Contains("vaults: two of one resource group have the same topicName.", refusal, StringComparison.Ordinal);
        Assert.Contains("network: give addressPrefix for a new network, or appSubnetId, endpointSubnetId and dnsZoneIds of an existing one.", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_names_the_fingerprint_key_is_refused() =>
        Assert.Contains("webhooks: nhi-fingerprint-key is the product's own", await RefusedAsync($$"""
            param year = 2026
            param alertEmails = ['a@example.com']
            param vaults = [{ id: '{{Vault}}kv-one', environment: 'prod' }]
            param webhooks = [{ uri: 'https://hooks.example.com/nhi', secretName: 'NHI-fingerprint-key' }]
            """), StringComparison.Ordinal);

    [Fact]
    public async Task More_role_assignments_than_a_subscription_takes_are_refused_with_their_number()
    {
        var resources = string.Join('\n', Enumerable.Range(0, 800).Select(i => string.Create(CultureInfo.InvariantCulture, $"  {{ kind: 'storage-account-key', id: '{Account}st{i}', environment: 'prod' }}")));
        var environments = string.Join(", ", Enumerable.Range(0, 6).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{ id: '{Vault}kv-{i}', environment: 'e{i}' }}")));
        // The limit itself cannot be reached by 800 resources and 200 vaults of one deployment: a stricter one is asked for instead.
        var refusal = await RefusedAsync($"""
            param year = 2026
            param stage = 'enforce'
            param alertEmails = ['a@example.com']
            param roleAssignmentLimit = 500
            param vaults = [{environments}, {"{"} id: '{Vault}kv-prod', environment: 'prod' {"}"}]
            param resources = [
            {resources}
            ]
            """);
        Assert.Contains("The subscription 11111111-1111-1111-1111-111111111111 would get 814 role assignments; it has room for 500.", refusal, StringComparison.Ordinal);
    }

    private async Task<string> RefusedAsync(string parameters) =>
        (await Assert.ThrowsAsync<RefusedDeploymentException>(() => bicep.EvaluateAsync(Repository.File("infra", "main.bicep"), parameters))).Message;
}
