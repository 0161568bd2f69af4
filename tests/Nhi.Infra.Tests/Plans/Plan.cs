using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nhi.Infra.Tests.Plans;

/// <summary>What one deployment would make, with the questions that rules ask of it.</summary>
internal sealed partial class Plan
{
    private readonly JsonArray _resources;

    public Plan(JsonArray resources) => _resources = resources;

    public static Plan Of(JsonObject snapshot) => new(snapshot["predictedResources"]!.DeepClone().AsArray());

    public Plan Copy() => new(_resources.DeepClone().AsArray());

    public IEnumerable<PlannedResource> Resources => _resources.Select(one => new PlannedResource(one!.AsObject()));

    public IEnumerable<PlannedResource> Of(string type) => Resources.Where(one => string.Equals(one.Type, type, StringComparison.OrdinalIgnoreCase));

    public PlannedResource Only(string type) => Of(type).Single();

    public bool Has(string type) => Of(type).Any();

    /// <summary>The app's settings.</summary>
    public JsonObject Settings => Of("Microsoft.Web/sites/config").Single(one => one.Name == "appsettings").Properties!.AsObject();

    public bool Enforces => Settings.Any(one => one.Key.StartsWith("Nhi__Identities__Rotators__", StringComparison.Ordinal));

    public bool IsPrivate => Has("Microsoft.Network/privateEndpoints");

    public bool Cleans => Of("Microsoft.ManagedIdentity/userAssignedIdentities").Any(one => one.Name.EndsWith("-id-cleanup", StringComparison.Ordinal));

    public bool Curtails => Of("Microsoft.ManagedIdentity/userAssignedIdentities").Any(one => one.Name.EndsWith("-id-curtailer", StringComparison.Ordinal));

    /// <summary>Governed vaults: name and environment, as the app is told.</summary>
    public IReadOnlyDictionary<string, string> GovernedVaults => Settings
        .Where(one => one.Key.StartsWith("Nhi__Vaults__", StringComparison.Ordinal) && one.Key.EndsWith("__Uri", StringComparison.Ordinal))
        .ToDictionary(
            one => HostName((string)one.Value!),
            one => (string)Settings[one.Key.Replace("__Uri", "__Environment", StringComparison.Ordinal)]!,
            StringComparer.OrdinalIgnoreCase);

    /// <summary>Secrets of the own vault that webhooks are told to read: names are the same in any case.</summary>
    public IEnumerable<string> WebhookSecrets => Settings.Where(one => one.Key.StartsWith("Nhi__Webhooks__", StringComparison.Ordinal) && one.Key.EndsWith("SecretName", StringComparison.Ordinal)).Select(one => ((string)one.Value!).ToLowerInvariant()).Distinct();

    /// <summary>An account by what it is for: host, state, evid, evid2.</summary>
    public PlannedResource Account(string part) => Of("Microsoft.Storage/storageAccounts").Single(one => AccountPattern().Match(one.Name).Groups["part"].Value == part);

    public IEnumerable<PlannedResource> EvidenceAccounts => Of("Microsoft.Storage/storageAccounts").Where(one => AccountPattern().Match(one.Name).Groups["part"].Value is "evid" or "evid2");

    public PlannedResource OwnVault => Of("Microsoft.KeyVault/vaults").Single(one => one.Name.Contains("-own-", StringComparison.Ordinal));

    public PlannedResource StagingVault => Of("Microsoft.KeyVault/vaults").Single(one => one.Name.Contains("-stg-", StringComparison.Ordinal));

    public IEnumerable<PlannedResource> EvidenceContainers => Of("Microsoft.Storage/storageAccounts/blobServices/containers")
        .Where(one => EvidenceAccounts.Any(account => one.Id.StartsWith(account.Id + "/", StringComparison.Ordinal)));

    public IEnumerable<PlannedResource> Roles => Of("Microsoft.Authorization/roleDefinitions");

    public IEnumerable<Assignment> Assignments
    {
        get
        {
            var roles = Roles.ToDictionary(role => role.Id, StringComparer.OrdinalIgnoreCase);
            foreach (var one in Of("Microsoft.Authorization/roleAssignments"))
            {
                var id = one.Text("properties.roleDefinitionId") ?? "";
                yield return new Assignment(one, Assignment.Principal(one.Text("properties.principalId")), id.Split('/')[^1], roles.GetValueOrDefault(id));
            }
        }
    }

    /// <summary>Everybody who may do an action, where: custom roles only, the rules about Azure's own are apart.</summary>
    public IEnumerable<Assignment> WhoMay(string action) => Assignments.Where(one => one.Actions.Contains(action, StringComparer.OrdinalIgnoreCase));

    /// <summary>Identities that the app holds, by what they are for.</summary>
    public IEnumerable<string> HeldByTheApp => Only("Microsoft.Web/sites").At("identity.userAssignedIdentities")!.AsObject()
        .Select(one => one.Key.Split('/')[^1]).Select(name => name[(name.IndexOf("-id-", StringComparison.Ordinal) + 4)..]);

    public void Change(string type, Action<JsonObject> change, Func<PlannedResource, bool>? which = null) =>
        change(Of(type).First(one => which?.Invoke(one) ?? true).Json);

    public void Remove(string type, Func<PlannedResource, bool>? which = null) =>
        _resources.Remove(Of(type).First(one => which?.Invoke(one) ?? true).Json);

    public void Add(JsonObject resource) => _resources.Add(resource);

    /// <summary>The first label of the host in an address that Bicep left as <c>[format('https://{0}…', 'NAME', …)]</c>.</summary>
    public static string HostName(string address) => HostPattern().Match(address).Groups["name"].Value;

    [GeneratedRegex(@"'(?<name>[A-Za-z0-9-]+)', environment\(\)")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"^[a-z0-9]+?(?<part>host|state|evid2|evid)[a-z0-9]{10}$")]
    private static partial Regex AccountPattern();
}
