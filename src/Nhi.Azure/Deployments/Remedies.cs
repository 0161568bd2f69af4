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

    /// <summary>Days of a retention, as ARM calls them.</summary>
    public const string Period = "immutabilityPeriodSinceCreationInDays";

    /// <summary>What lets a record that is there grow.</summary>
    public static readonly IReadOnlyList<string> Appends = ["allowProtectedAppendWrites", "allowProtectedAppendWritesAll"];

    /// <summary>What can be done with a retention that is locked.</summary>
    public static string Extend(ExpectedResource container, int days) =>
        $"az storage container immutability-policy extend {Container(container)} --if-match '*' --period {days}";

    /// <summary>
    /// Locks the container's year and no other, which can't be undone: so with what it is to be locked at. Where the retention is not that yet, it comes first, by a line of its own: the template makes none for a year that its parameters call locked.
    /// </summary>
    /// <param name="container">Of evidence.</param>
    /// <param name="policy">As Azure shows it, or null.</param>
    /// <param name="days">As the template says; null where it does not.</param>
    public static string Lock(ExpectedResource container, JsonObject? policy, int? days)
    {
        var there = policy?["properties"];
        var now = PropertyComparison.Member(there, Period) is JsonValue value && value.TryGetValue<int>(out var shown) ? shown : 0;
        var wanted = Math.Max(now, days ?? 0);
        var line = $"infra/lock.sh {container.ResourceGroup} {Account(container)} {container.Name[^4..]} {(wanted > 0 ? wanted : "DAYS")}";
        return now == wanted && now > 0 && !Appends.Any(name => PropertyComparison.Member(there, name)?.ToString() == "true")
            ? line
            : $"az storage container immutability-policy create {Container(container)} --period {(wanted > 0 ? wanted : "DAYS")} --allow-protected-append-writes false && {line}";
    }

    private static string Container(ExpectedResource container) => $"--resource-group {container.ResourceGroup} --account-name {Account(container)} --container-name {container.Name}";

    private static string Account(ExpectedResource child) => child.Id.Split('/')[8];

    /// <summary>A retention that is locked takes no deployment: it can be extended, and nothing else.</summary>
    private string Retention(ExpectedResource policy, string name, JsonObject actual)
    {
        if (!IsLocked(actual))
            return Deploy;
        return name == Period && PropertyComparison.Member(policy.Properties, name) is { } days
            ? Extend(policy with { Id = policy.Parent }, days.GetValue<int>())
            : $"# {ArmIds.NameOf(policy.Parent)} is locked so: no command mends it. Name its year in NHI_LOCKED_YEARS, and look who could append to it";
    }

    public static bool IsLocked(JsonObject? policy) =>
        string.Equals(PropertyComparison.Member(PropertyComparison.Member(policy, "properties"), "state")?.ToString(), "Locked", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Texts(ExpectedResource resource, string name) =>
        (PropertyComparison.Member(resource.Properties, name) as JsonArray ?? []).Select(one => one!.ToString());
}
