using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Rules;

/// <summary>The Functions app.</summary>
internal static partial class AppRules
{
    private const string Site = "Microsoft.Web/sites";
    private const string Config = "Microsoft.Web/sites/config";
    private const string Basic = "Microsoft.Web/sites/basicPublishingCredentialsPolicies";

    /// <summary>On Flex Consumption these are refused or ignored.</summary>
    private static readonly string[] NotOnFlex =
        ["FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTSHARE", "AzureWebJobsStorage", "AzureWebJobsDashboard"];

    public static readonly IReadOnlyList<Rule> All =
    [
        Rule.Each("The plan is Flex Consumption on Linux", plan => plan.Of("Microsoft.Web/serverfarms"), one => one.Is("sku.name", "FC1") && one.Is("sku.tier", "FlexConsumption") && one.Is("properties.reserved", true),
            Mutation.Set("Microsoft.Web/serverfarms", "sku.name", "Y1"), Mutation.Set("Microsoft.Web/serverfarms", "properties.reserved", false)),
        Rule.Each("The app runs .NET 10 isolated", plan => plan.Of(Site), one => one.Is("properties.functionAppConfig.runtime.name", "dotnet-isolated") && one.Is("properties.functionAppConfig.runtime.version", "10.0"),
            Mutation.Set(Site, "properties.functionAppConfig.runtime.version", "8.0"), Mutation.Set(Site, "properties.functionAppConfig.runtime.name", "node")),
        Rule.Each("The app speaks HTTPS only, TLS 1.2 at least", plan => plan.Of(Site), one => one.Is("properties.httpsOnly", true) && one.Is("properties.siteConfig.minTlsVersion", "1.2") && one.Is("properties.siteConfig.scmMinTlsVersion", "1.2"),
            Mutation.Set(Site, "properties.httpsOnly", false), Mutation.Set(Site, "properties.siteConfig.minTlsVersion", "1.0"), Mutation.Set(Site, "properties.siteConfig.scmMinTlsVersion", "1.0")),
        Rule.Each("The app has no FTP and no remote debugging", plan => plan.Of(Site), one => one.Is("properties.siteConfig.ftpsState", "Disabled") && one.Is("properties.siteConfig.remoteDebuggingEnabled", false),
            Mutation.Set(Site, "properties.siteConfig.ftpsState", "AllAllowed"), Mutation.Set(Site, "properties.siteConfig.remoteDebuggingEnabled", true)),
        new("Nobody publishes with a password",
            plan => new[] { "ftp", "scm" }.Where(name => !plan.Of(Basic).Any(one => one.Name == name && one.Is("properties.allow", false))),
            Mutation.Set(Basic, "properties.allow", true), Mutation.Gone(Basic)),
        new("The package is fetched by identity from the host account",
            plan => plan.Only(Site) is var app && app.Is("properties.functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity") && app.Text("properties.functionAppConfig.deployment.storage.value")!.Contains(plan.Account("host").Name, StringComparison.Ordinal) ? [] : [app.ToString()],
            Mutation.Set(Site, "properties.functionAppConfig.deployment.storage.authentication.type", "StorageAccountConnectionString"),
            Mutation.Set(Site, "properties.functionAppConfig.deployment.storage.value", "[format('https://{0}.blob', 'nhieviduh5d422we7')]")),
        new("The host reaches its storage by identity",
            plan => (string?)plan.Settings["AzureWebJobsStorage__credential"] == "managedidentity" && plan.Settings["AzureWebJobsStorage__clientId"] is not null && Plan.HostName((string?)plan.Settings["AzureWebJobsStorage__blobServiceUri"] ?? "") == plan.Account("host").Name ? [] : ["AzureWebJobsStorage__…"],
            SetSetting("AzureWebJobsStorage__credential", null), SetSetting("AzureWebJobsStorage__clientId", null), SetSetting("AzureWebJobsStorage__blobServiceUri", "https://x.blob")),
        new("No setting is one that Flex Consumption refuses", plan => NotOnFlex.Where(plan.Settings.ContainsKey), SetSetting("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"), SetSetting("AzureWebJobsStorage", "x")),
        new("No setting holds a key, a connection string with one, a SAS or a Key Vault reference",
            plan => plan.Settings.Where(one => SecretPattern().IsMatch((string)one.Value!)).Select(one => one.Key),
            SetSetting("X", "DefaultEndpointsProtocol=https;AccountKey=abc"), SetSetting("X", "[listKeys('a', 'b').keys[0].value]"), SetSetting("X", "https://a.blob/?sv=1&sig=abc"), SetSetting("X", "@Microsoft.KeyVault(SecretUri=x)")),
        new("Telemetry is sent by identity",
            plan => ((string?)plan.Settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] ?? "").Contains("Authorization=AAD", StringComparison.Ordinal) ? [] : ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"],
            SetSetting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "x")),
        Rule.Each("Application Insights takes Entra tokens only", plan => plan.Of("Microsoft.Insights/components"), one => one.Is("properties.DisableLocalAuth", true),
            Mutation.Set("Microsoft.Insights/components", "properties.DisableLocalAuth", false)),
        new("The app is called by Event Grid, and by who is named; by nobody else",
            plan => Inbound(plan.Only(Site)),
            Mutation.Set(Site, "properties.siteConfig.ipSecurityRestrictionsDefaultAction", "Allow"),
            Mutation.Set(Site, "properties.siteConfig.ipSecurityRestrictions", new JsonArray(new JsonObject { ["action"] = "Allow", ["tag"] = "Default", ["ipAddress"] = "0.0.0.0/0" })),
            Mutation.Set(Site, "properties.siteConfig.ipSecurityRestrictions", new JsonArray(new JsonObject { ["action"] = "Allow", ["tag"] = "ServiceTag", ["ipAddress"] = "AzureCloud" }))),
        new("Where ranges are named, code is deployed from them only",
            plan => plan.Only(Site) is var app && (app.At("properties.siteConfig.scmIpSecurityRestrictions") as JsonArray is { Count: > 0 }) == app.Is("properties.siteConfig.scmIpSecurityRestrictionsDefaultAction", "Deny") ? [] : ["scm"],
            Mutation.Set(Site, "properties.siteConfig.scmIpSecurityRestrictionsDefaultAction", "Allow"), Mutation.Set(Site, "properties.siteConfig.scmIpSecurityRestrictions", new JsonArray())),
        new("In a private network the app's traffic leaves through its subnet",
            plan => plan.IsPrivate && plan.Only(Site).At("properties.virtualNetworkSubnetId") is null ? ["no subnet"] : [],
            Mutation.Set(Site, "properties.virtualNetworkSubnetId", null)),
        new("The app has user-assigned identities only, one for each work",
            plan => plan.Only(Site).Is("identity.type", "UserAssigned") && !new[] { "host", "watcher", "writer", "sequencer" }.Except(plan.HeldByTheApp).Any() ? [] : ["identity"],
            Mutation.Set(Site, "identity.type", "SystemAssigned, UserAssigned"),
            new Mutation("without the writer", plan => plan.Only(Site).At("identity.userAssignedIdentities")!.AsObject().Remove(plan.Only(Site).At("identity.userAssignedIdentities")!.AsObject().Single(one => one.Key.EndsWith("-id-writer", StringComparison.Ordinal)).Key))),
        new("Rotators and keeper belong to the app while it enforces, and not while it observes",
            plan => plan.HeldByTheApp.Any(name => name is "keeper" || name.StartsWith("rotator-", StringComparison.Ordinal)) != plan.Enforces ? ["held: " + string.Join(", ", plan.HeldByTheApp)] : [],
            new Mutation("an observer that holds a rotator", plan =>
            {
                if (plan.Enforces) throw new InvalidOperationException();
                plan.Only(Site).At("identity.userAssignedIdentities")!["/x/nhi-id-rotator-prod"] = new JsonObject();
            })),
        new("The app holds the identity that deletes, and is told of it, where cleanup is wanted and the deployment enforces, and nowhere else",
            plan => new[] { plan.HeldByTheApp.Contains("cleanup"), plan.Settings.ContainsKey("Nhi__Identities__Cleanup") }.Any(has => has != (plan.Cleans && plan.Enforces)) ? ["cleanup"] : [],
            new Mutation("held without being wanted", plan =>
            {
                if (plan.Cleans) throw new InvalidOperationException();
                plan.Only(Site).At("identity.userAssignedIdentities")!["/x/nhi-id-cleanup"] = new JsonObject();
            }),
            new Mutation("wanted and not held", plan =>
            {
                if (!plan.Cleans) throw new InvalidOperationException();
                var held = plan.Only(Site).At("identity.userAssignedIdentities")!.AsObject();
                held.Remove(held.Single(one => one.Key.EndsWith("-id-cleanup", StringComparison.Ordinal)).Key);
            }),
            SetSetting("Nhi__Identities__Cleanup", null), SetSetting("Nhi__Identities__Cleanup", "x")),
        new("The app holds the identity that takes roles away, and is told of it, where it was asked for and the deployment enforces, and nowhere else",
            plan => new[] { plan.HeldByTheApp.Contains("curtailer"), plan.Settings.ContainsKey("Nhi__Identities__Curtailer") }.Any(has => has != (plan.Curtails && plan.Enforces)) ? ["curtailer"] : [],
            new Mutation("held without being asked for", plan =>
            {
                if (plan.Curtails) throw new InvalidOperationException();
                plan.Only(Site).At("identity.userAssignedIdentities")!["/x/nhi-id-curtailer"] = new JsonObject();
            }),
            SetSetting("Nhi__Identities__Curtailer", null), SetSetting("Nhi__Identities__Curtailer", "x")),
        new("An enforcing app is told a rotator of each environment",
            plan => plan.Enforces ? plan.GovernedVaults.Values.Append("staging").Where(environment => !plan.Settings.ContainsKey($"Nhi__Identities__Rotators__{environment}")) : [],
            SetSetting("Nhi__Identities__Rotators__prod", null)),
        new("The settings lead to this deployment's own accounts and vaults",
            plan => Leads(plan).Where(one => Plan.HostName((string?)plan.Settings[one.Setting] ?? "") != one.Name).Select(one => one.Setting),
            SetSetting("Nhi__Storage__Evidence", "[format('https://{0}.blob.{1}', 'nhistateuh5d422we7', environment().suffixes.storage)]"), SetSetting("Nhi__ProductVault", null), SetSetting("Nhi__StagingVault", "[format('https://{0}{1}', 'kv-payroll', environment().suffixes.keyvaultDns)]")),
    ];

    private static Mutation SetSetting(string name, string? value) => new($"{name} = {value ?? "gone"}", plan =>
        plan.Change(Config, json =>
        {
            if (value is null)
                json["properties"]!.AsObject().Remove(name);
            else
                json["properties"]![name] = value;
        }, one => one.Name == "appsettings"));

    private static IEnumerable<(string Setting, string Name)> Leads(Plan plan) =>
    [
        ("Nhi__Storage__State", plan.Account("state").Name), ("Nhi__Storage__Evidence", plan.Account("evid").Name),
        ("Nhi__ProductVault", plan.OwnVault.Name), ("Nhi__StagingVault", plan.StagingVault.Name),
    ];

    private static IEnumerable<string> Inbound(PlannedResource app)
    {
        if (!app.Is("properties.siteConfig.ipSecurityRestrictionsDefaultAction", "Deny"))
            yield return "whoever is not named may call";
        var rules = app.At("properties.siteConfig.ipSecurityRestrictions") as JsonArray ?? [];
        if (!rules.Any(one => (string?)one!["tag"] == "ServiceTag" && (string?)one["ipAddress"] == "AzureEventGrid"))
            yield return "Event Grid may not call";
        foreach (var rule in rules)
            if ((string?)rule!["tag"] == "ServiceTag" ? (string?)rule["ipAddress"] != "AzureEventGrid" : ((string?)rule["ipAddress"] ?? "/0").EndsWith("/0", StringComparison.Ordinal))
                yield return rule.ToJsonString();
    }

    [GeneratedRegex(@"AccountKey=|SharedAccess|[?&]sig=|\blist[A-Z]\w*\(|@Microsoft\.KeyVault|InstrumentationKey=[0-9a-f]", RegexOptions.IgnoreCase)]
    private static partial Regex SecretPattern();
}
