using System.Text.Json.Nodes;

namespace Nhi.Azure.Deployments;

/// <summary>The command that mends a difference. Most are a deployment again: it puts back what the template says, and says so in its what-if first.</summary>
internal sealed class Remedies(string home)
{
    /// <summary>Of infra/main.bicep.</summary>
    public string Deploy => $"az deployment group create --resource-group {home} --name main --parameters infra/main.bicepparam";

    /// <summary>Of infra/subscriptions.bicep.</summary>
    public string Subscribe => $"az deployment group create --resource-group {home} --name nhi-subscriptions --parameters infra/subscriptions.bicepparam";

    public static string TakeAway(string assignment) => $"az role assignment delete --ids {assignment}";

    public string Missing(ExpectedResource resource) => resource.Type.ToUpperInvariant() switch
    {
        "MICROSOFT.EVENTGRID/SYSTEMTOPICS/EVENTSUBSCRIPTIONS" => Subscribe,
        "MICROSOFT.STORAGE/STORAGEACCOUNTS/BLOBSERVICES/CONTAINERS" when resource.Name.StartsWith("evidence-", StringComparison.Ordinal) => $"{Deploy} && infra/prepare.sh",
        "MICROSOFT.STORAGE/STORAGEACCOUNTS/TABLESERVICES/TABLES" => $"{Deploy} && nhi rebuild",
        _ => Deploy,
    };

    /// <summary><paramref name="actual"/>: the resource as Azure shows it.</summary>
    public string Differs(ExpectedResource resource, string path, JsonObject actual)
    {
        var name = path[(path.LastIndexOf('.') + 1)..];
        return (resource.Type.ToUpperInvariant(), name) switch
        {
            ("MICROSOFT.EVENTGRID/SYSTEMTOPICS/EVENTSUBSCRIPTIONS", _) => Subscribe,
            ("MICROSOFT.STORAGE/STORAGEACCOUNTS", "allowSharedKeyAccess") => $"az storage account update --ids {resource.Id} --allow-shared-key-access false",
            ("MICROSOFT.STORAGE/STORAGEACCOUNTS", "allowBlobPublicAccess") => $"az storage account update --ids {resource.Id} --allow-blob-public-access false",
            // A deployment makes a key that is not there and leaves one that is.
            ("MICROSOFT.KEYVAULT/VAULTS/KEYS", "keyOps") => $"az keyvault key set-attributes --vault-name {ArmIds.NameOf(resource.Parent)} --name {resource.Name} --ops {string.Join(' ', Texts(resource, "keyOps"))}",
            ("MICROSOFT.STORAGE/STORAGEACCOUNTS/BLOBSERVICES/CONTAINERS/IMMUTABILITYPOLICIES", _) => Retention(resource, name, actual),
            _ => Deploy,
        };
    }

    /// <summary>A retention that is locked takes no deployment: it can be extended, and nothing else.</summary>
    private string Retention(ExpectedResource policy, string name, JsonObject actual)
    {
        var (container, account) = (ArmIds.NameOf(policy.Parent), policy.Id.Split('/')[8]);
        if (!IsLocked(actual))
            return Deploy;
        return name == "immutabilityPeriodSinceCreationInDays"
            ? $"az storage container immutability-policy extend --resource-group {policy.ResourceGroup} --account-name {account} --container-name {container} --if-match '*' --period {PropertyComparison.Member(policy.Properties, name)}"
            : $"# {container} is locked so: no command mends it. Name its year in NHI_LOCKED_YEARS, and look who could append to it";
    }

    public static bool IsLocked(JsonObject policy) =>
        string.Equals(PropertyComparison.Member(PropertyComparison.Member(policy, "properties"), "state")?.ToString(), "Locked", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Texts(ExpectedResource resource, string name) =>
        (PropertyComparison.Member(resource.Properties, name) as JsonArray ?? []).Select(one => one!.ToString());
}
