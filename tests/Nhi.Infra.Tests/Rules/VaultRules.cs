using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>The product's own vaults, their keys, and private endpoints.</summary>
internal static class VaultRules
{
    private const string Vault = "Microsoft.KeyVault/vaults";
    private const string Key = "Microsoft.KeyVault/vaults/keys";
    private const string Endpoint = "Microsoft.Network/privateEndpoints";

    public static readonly IReadOnlyList<Rule> All =
    [
        new("The product's own and the staging vault are two vaults", plan => plan.Of(Vault).Count() == 2 ? [] : ["there are " + plan.Of(Vault).Count()], Mutation.Gone(Vault)),
        Rule.Each("Own vaults cannot be purged", plan => plan.Of(Vault), one => one.Is("properties.enablePurgeProtection", true),
            Mutation.Set(Vault, "properties.enablePurgeProtection", false), Mutation.Set(Vault, "properties.enablePurgeProtection", null)),
        Rule.Each("What is deleted in own vaults can be recovered for 90 days", plan => plan.Of(Vault), one => one.Is("properties.enableSoftDelete", true) && one.Is("properties.softDeleteRetentionInDays", 90),
            Mutation.Set(Vault, "properties.softDeleteRetentionInDays", 7), Mutation.Set(Vault, "properties.enableSoftDelete", false)),
        Rule.Each("Own vaults know Azure's rights only, no access policies", plan => plan.Of(Vault), one => one.Is("properties.enableRbacAuthorization", true) && one.At("properties.accessPolicies") is null,
            Mutation.Set(Vault, "properties.enableRbacAuthorization", false), Mutation.Set(Vault, "properties.accessPolicies", new JsonArray())),
        Rule.Each("Own vaults serve no machine, disk or template", plan => plan.Of(Vault),
            one => one.Is("properties.enabledForDeployment", false) && one.Is("properties.enabledForDiskEncryption", false) && one.Is("properties.enabledForTemplateDeployment", false),
            Mutation.Set(Vault, "properties.enabledForTemplateDeployment", true), Mutation.Set(Vault, "properties.enabledForDeployment", true), Mutation.Set(Vault, "properties.enabledForDiskEncryption", true)),
        Rule.Each("No service of Azure's bypasses the firewall of own vaults", plan => plan.Of(Vault), one => one.Is("properties.networkAcls.bypass", "None"),
            Mutation.Set(Vault, "properties.networkAcls.bypass", "AzureServices")),
        new("In a private network own vaults are closed to the public",
            plan => plan.IsPrivate ? plan.Of(Vault).Where(one => !one.Is("properties.networkAcls.defaultAction", "Deny")).Select(one => one.ToString()) : [],
            Mutation.Set(Vault, "properties.networkAcls.defaultAction", "Allow")),
        new("The log and the producers have a key each",
            plan => new[] { "log", "producers" }.Except(plan.Of(Key).Where(one => one.Id.StartsWith(plan.OwnVault.Id + "/", StringComparison.Ordinal)).Select(one => one.Name)),
            Mutation.Gone(Key), Mutation.Set(Key, "name", "x/log2")),
        Rule.Each("Keys are P-256", plan => plan.Of(Key), one => one.Is("properties.kty", "EC") && one.Is("properties.curveName", "P-256"),
            Mutation.Set(Key, "properties.curveName", "P-384"), Mutation.Set(Key, "properties.kty", "RSA")),
        Rule.Each("Keys sign and do nothing else", plan => plan.Of(Key), one => one.Texts("properties.keyOps").SequenceEqual(["sign"]),
            Mutation.Set(Key, "properties.keyOps", new JsonArray("sign", "decrypt")), Mutation.Set(Key, "properties.keyOps", null)),
        Rule.Each("Keys cannot be taken out", plan => plan.Of(Key), one => one.Is("properties.attributes.exportable", false),
            Mutation.Set(Key, "properties.attributes.exportable", true)),
        new("Deployment sets no secret: it makes none and never overwrites the fingerprint key",
            plan => plan.Of("Microsoft.KeyVault/vaults/secrets").Select(one => one.ToString()),
            new Mutation("a secret", plan => plan.Add(new JsonObject { ["type"] = "Microsoft.KeyVault/vaults/secrets", ["name"] = "v/s", ["id"] = $"{plan.OwnVault.Id}/secrets/s", ["properties"] = new JsonObject { ["value"] = "x" } }))),
        new("In a private network the product's accounts and vaults have endpoints",
            plan => plan.IsPrivate ? Wanted(plan).Except(plan.Of(Endpoint).Select(Target)) : [],
            Mutation.Gone(Endpoint, one => Target(one).Contains("evid", StringComparison.Ordinal)), Mutation.Gone(Endpoint, one => Target(one).Contains("-own-", StringComparison.Ordinal))),
        new("Each endpoint has its record in a private zone",
            plan => plan.Of(Endpoint).Where(one => !plan.Of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").Any(record => record.Id.StartsWith(one.Id + "/", StringComparison.Ordinal) && record.At("properties.privateDnsZoneConfigs[0].properties.privateDnsZoneId") is not null)).Select(one => one.ToString()),
            Mutation.Gone("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")),
    ];

    private static string Target(PlannedResource endpoint) =>
        $"{endpoint.Text("properties.privateLinkServiceConnections[0].properties.privateLinkServiceId")} {endpoint.Text("properties.privateLinkServiceConnections[0].properties.groupIds[0]")}";

    private static IEnumerable<string> Wanted(Plan plan)
    {
        foreach (var service in (string[])["blob", "queue", "table"]) yield return $"{plan.Account("host").Id} {service}";
        foreach (var service in (string[])["blob", "table"]) yield return $"{plan.Account("state").Id} {service}";
        foreach (var account in plan.EvidenceAccounts) yield return $"{account.Id} blob";
        foreach (var vault in plan.Of(Vault)) yield return $"{vault.Id} vault";
    }
}
