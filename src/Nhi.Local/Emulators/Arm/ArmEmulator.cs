using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Nhi.Local.Clock;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Arm;

/// <summary><c>management.azure.com</c>: the storage accounts of the local subscription, for identities that were given the key operator's role.</summary>
public sealed class ArmEmulator : IWireHost
{
    private const string Regenerated = "Microsoft.Storage/storageAccounts/regenerateKey/action";
    private readonly ConcurrentDictionary<string, StorageAccount> accounts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, byte> operators = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, byte> readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly TokenDesk tokens;
    private readonly AuditTrail audit;
    private readonly WorldClock clock;
    private readonly DeployedAnswers answers;

    internal ArmEmulator(TokenDesk tokens, AuditTrail audit, WorldClock clock)
    {
        this.tokens = tokens;
        this.audit = audit;
        this.clock = clock;
        answers = new DeployedAnswers(Deployed);
    }

    /// <inheritdoc/>
    string IWireHost.Service => "arm";

    /// <summary>Tags, makers and role assignments of everything in the subscription.</summary>
    public ArmFacts Facts { get; } = new();

    /// <summary>Makes a governed account.</summary>
    public StorageAccount Add(string name) => accounts.GetOrAdd(name, _ => new StorageAccount(name, clock.GetUtcNow()));

    /// <summary>The account of that name; null when there is none.</summary>
    public StorageAccount? Find(string name) => accounts.GetValueOrDefault(name);

    /// <summary>Lets an identity list and regenerate keys.</summary>
    public void AllowKeys(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        operators[identity.ObjectId] = 0;
    }

    /// <summary>Lets an identity read the subscription: what accounts are, not their keys, and Resource Graph.</summary>
    public void AllowReading(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        readers[identity.ObjectId] = 0;
    }

    /// <summary>The vaults that Resource Graph knows.</summary>
    internal Func<IEnumerable<KeyVaultEmulator>> Vaults { get; set; } = () => [];

    /// <summary>The names of the product's own storage accounts: of them ARM knows where they are, and no more.</summary>
    internal IReadOnlyCollection<string> ProductAccounts { get; set; } = [];

    /// <summary>Accounts of the product where somebody turned account keys on again.</summary>
    public ICollection<string> SharedKeys { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Containers of evidence that nobody locked yet.</summary>
    public ICollection<string> Unlocked { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Somebody makes a key anew in the portal, or with a stolen token. False: there is no such key.</summary>
    public bool RegenerateAs(WorldIdentity somebody, StorageAccount account, string keyName, string ip = "127.0.0.1")
    {
        ArgumentNullException.ThrowIfNull(account);
        if (!account.Regenerate(keyName, clock.GetUtcNow())) return false;
        Facts.Happened(Regenerated, account.ResourceId, somebody, clock.GetUtcNow(), ip);
        return true;
    }

    /// <summary>What was deployed here, for whoever has a token: the local world has no readers apart.</summary>
    public DeployedResources Deployed { get; } = new();

    internal IEnumerable<StorageAccount> All => accounts.Values;

    Answer IWireHost.Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    async ValueTask<Answer> IWireHost.AnswerAsync(Call call, CancellationToken cancellation)
    {
        if (tokens.Check(call.Bearer, TokenDesk.Management) is not { } caller)
            return Answer.JsonError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or not valid.")
                .With("WWW-Authenticate", "Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\"");
        if (call.Query("api-version") is null)
            return Answer.JsonError(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        if (call.Method == "POST" && call.Segments is [var ps, var graph, var resources] && Is(ps, "providers") && Is(graph, "Microsoft.ResourceGraph") && Is(resources, "resources"))
            return ResourceGraphAnswers.To(await call.JsonAsync(cancellation), readers.ContainsKey(caller.ObjectId) ? Vaults() : [], readers.ContainsKey(caller.ObjectId) ? ProductAccounts.Concat(accounts.Keys) : []);
        // Where something is deployed, its roles are what is asked for.
        if (Deployed.Ids.Count > 0 && answers.Answer(call) is { } deployed) return deployed;
        if (Facts.Answer(call, caller, clock.GetUtcNow(), id => Find(id[(id.LastIndexOf('/') + 1)..])?.ResourceId.Equals(id, StringComparison.OrdinalIgnoreCase) == true) is { } facts) return facts;
        if (readers.ContainsKey(caller.ObjectId) && Protection(call) is { } protection) return protection;
        if (call.Segments is not [var s, var subscription, var g, var group, var p, var provider, var type, var name, .. var rest]
            || !Is(s, "subscriptions") || !Is(g, "resourceGroups") || !Is(p, "providers") || rest.Length > 1)
            return Answer.JsonError(404, "ResourceNotFound", "The Resource was not found.");
        if (!Is(subscription, WorldNames.Subscription))
            return Answer.JsonError(404, "SubscriptionNotFound", $"The subscription '{subscription}' could not be found.");
        if (!Is(group, WorldNames.ResourceGroup) || !Is(provider, "Microsoft.Storage") || !Is(type, "storageAccounts") || Find(name) is not { } account)
            return Answer.JsonError(404, "ResourceNotFound", $"The Resource '{provider}/{type}/{name}' under resource group '{group}' was not found.");

        var action = rest is [var only] ? only : "";
        var answer = await DoAsync(call, account, action, caller, cancellation);
        if (answer.Status < 300 && Is(action, "regenerateKey"))
            Facts.Happened(Regenerated, account.ResourceId, caller, clock.GetUtcNow());
        audit.Record(new AuditFact(clock.GetUtcNow(), account.Name, $"storageAccounts/{(action.Length == 0 ? "read" : action)}", account.ResourceId, caller.Name, caller.ObjectId, answer.Status));
        return answer;
    }

    private async ValueTask<Answer> DoAsync(Call call, StorageAccount account, string action, WorldIdentity caller, CancellationToken cancellation)
    {
        var reads = call.Method == "GET" && action.Length == 0;
        if (!operators.ContainsKey(caller.ObjectId) && !(reads && readers.ContainsKey(caller.ObjectId)))
            return Answer.JsonError(403, "AuthorizationFailed", $"The client with object id '{caller.ObjectId}' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/{action}'.");
        if (reads) return Answer.Json(200, Shape(account));
        if (call.Method == "POST" && Is(action, "listKeys")) return Answer.Json(200, Keys(account));
        if (call.Method != "POST" || !Is(action, "regenerateKey")) return Answer.JsonError(405, "MethodNotAllowed", "Not an operation of a storage account.");
        return (string?)(await call.JsonAsync(cancellation))?["keyName"] is { } keyName && account.Regenerate(keyName, clock.GetUtcNow())
            ? Answer.Json(200, Keys(account))
            : Answer.JsonError(400, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: keyName.");
    }

    /// <summary>An account of the product's own takes no account keys, and containers of evidence are locked: as a finished deployment leaves them.</summary>
    private Answer? Protection(Call call)
    {
        if (call.Method != "GET" || call.Segments is not [_, _, _, _, _, _, _, var name, .. var rest] || !ProductAccounts.Contains(name, StringComparer.OrdinalIgnoreCase)
            || !("/" + string.Join('/', call.Segments[..8])).Equals(StorageAccount.IdOf(name), StringComparison.OrdinalIgnoreCase)) return null;
        if (rest.Length == 0)
            return Answer.Json(200, new JsonObject { ["id"] = StorageAccount.IdOf(name), ["tags"] = new JsonObject { ["nhi-retention-days"] = "2557" }, ["properties"] = new JsonObject { ["allowSharedKeyAccess"] = SharedKeys.Contains(name) } });
        if (rest is not ["blobServices", "default", "containers", var container, "immutabilityPolicies", "default"]) return null;
        return container.StartsWith("evidence-", StringComparison.Ordinal)
            ? Answer.Json(200, new JsonObject { ["name"] = "default", ["properties"] = new JsonObject { ["state"] = Unlocked.Contains(container) ? "Unlocked" : "Locked", ["immutabilityPeriodSinceCreationInDays"] = 2_557, ["allowProtectedAppendWrites"] = false } })
            : Answer.JsonError(404, "ImmutabilityPolicyNotFound", "The immutability policy was not found.");
    }

    private static JsonObject Keys(StorageAccount account) => new()
    {
        ["keys"] = new JsonArray([.. account.Keys.Select(key => new JsonObject
        {
            ["creationTime"] = Text(key.Created), ["keyName"] = key.Name, ["value"] = key.Value, ["permissions"] = "FULL",
        })]),
    };

    private static JsonObject Shape(StorageAccount account) => new()
    {
        ["id"] = account.ResourceId,
        ["name"] = account.Name,
        ["type"] = "Microsoft.Storage/storageAccounts",
        ["location"] = "westeurope",
        ["properties"] = new JsonObject
        {
            ["provisioningState"] = "Succeeded",
            ["allowSharedKeyAccess"] = true,
            ["keyCreationTime"] = new JsonObject([.. account.Keys.Select(key => KeyValuePair.Create(key.Name, (JsonNode?)Text(key.Created)))]),
            ["primaryEndpoints"] = new JsonObject { ["blob"] = $"https://{account.Name}.blob.core.windows.net/" },
        },
    };

    private static string Text(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static bool Is(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
