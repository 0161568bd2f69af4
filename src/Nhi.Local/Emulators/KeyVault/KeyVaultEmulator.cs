using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Nhi.Local.Clock;
using Nhi.Local.Parts;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>
/// One vault, as <c>SecretClient</c> speaks to it: secrets with versions, soft delete, tags and limits, P-256 keys that sign, an access rule for each identity, every call in the
/// audit trail, and the events of its versions, all by governance time.
/// </summary>
public sealed partial class KeyVaultEmulator : IWireHost
{
    private readonly Lock holding = new();
    private readonly SecretShelf shelf;
    private readonly Dictionary<string, List<SigningKey>> keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, VaultRights> rights = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly WorldClock clock;
    private readonly VaultThrottle throttle;
    private readonly TokenDesk tokens;
    private readonly AuditTrail audit;
    private readonly Action<WorldEvent> raise;

    internal KeyVaultEmulator(string name, WorldClock clock, TokenDesk tokens, AuditTrail audit, Action<WorldEvent> raise)
    {
        Name = name;
        this.clock = clock;
        this.tokens = tokens;
        this.audit = audit;
        this.raise = raise;
        shelf = new SecretShelf(clock);
        throttle = new VaultThrottle(clock.Real);
    }

    /// <summary>As <c>kv1</c>.</summary>
    public string Name { get; }

    /// <summary>As <c>https://kv1.vault.azure.net</c>.</summary>
    public string Origin => $"https://{HostName}";

    /// <summary>As <c>kv1.vault.azure.net</c>.</summary>
    public string HostName => $"{Name}.vault.azure.net";

    /// <summary>Resource id, the source of its events.</summary>
    public string ResourceId => $"/subscriptions/{WorldNames.Subscription}/resourceGroups/{WorldNames.ResourceGroup}/providers/Microsoft.KeyVault/vaults/{Name}";

    /// <summary>The tags of the vault itself, as Resource Graph shows them.</summary>
    public ConcurrentDictionary<string, string> ResourceTags { get; } = new(StringComparer.Ordinal);

    /// <summary>Its name in faults and counts: <c>vault:kv1</c>.</summary>
    public string Service => $"vault:{Name}";

    /// <summary>Lets an identity do more.</summary>
    public void Allow(WorldIdentity identity, VaultRights more)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) rights[identity.ObjectId] = rights.GetValueOrDefault(identity.ObjectId) | more;
    }

    /// <summary>Lets an identity read the values of one secret: a role at the secret itself.</summary>
    public void AllowSecret(WorldIdentity identity, string secret)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) readers.Add($"{identity.ObjectId} {secret}");
    }

    /// <summary>Takes all rights of an identity.</summary>
    public void Forbid(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) rights.Remove(identity.ObjectId);
    }

    Answer IWireHost.Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    async ValueTask<Answer> IWireHost.AnswerAsync(Call call, CancellationToken cancellation)
    {
        var caller = tokens.Check(call.Bearer, TokenDesk.Vault);
        if (caller is null)
            return Answer.JsonError(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.").With(
                "WWW-Authenticate", $"Bearer authorization=\"https://login.microsoftonline.com/{LocalTokenCredential.Tenant}\", resource=\"{TokenDesk.Vault}\"");
        var route = Route.Of(call);
        // A vault is one lock: read the body before it is taken.
        var body = call.Method is "PUT" or "PATCH" or "POST" ? await call.JsonAsync(cancellation) : null;
        if (!throttle.Admit(creates: route.Operation == "SecretSet"))
            return Answer.JsonError(429, "Throttled", "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached");
        var (answer, id) = Do(call, route, body, caller);
        audit.Record(new AuditFact(clock.GetUtcNow(), Name, route.Operation, id, caller.Name, caller.ObjectId, answer.Status));
        return answer;
    }

    private (Answer Answer, string? Id) Do(Call call, Route route, JsonObject? body, WorldIdentity caller)
    {
        List<WorldEvent> events = [];
        try
        {
            lock (holding)
            {
                if (route.Right == VaultRights.None) throw VaultException.Bad($"'{call.Method}' on this path is not an operation of a vault.");
                if ((rights.GetValueOrDefault(caller.ObjectId) & route.Right) != route.Right && !(route.Right == VaultRights.Get && readers.Contains($"{caller.ObjectId} {route.Name}")))
                    throw new VaultException(403, "Forbidden", $"Caller is not authorized to perform action on resource. Caller: oid={caller.ObjectId}. Action: {route.Operation}.", "ForbiddenByRbac");
                return route.Right is VaultRights.KeyGet or VaultRights.KeySign ? DoKey(route, body) : DoSecret(call, route, body, events);
            }
        }
        catch (VaultException refused)
        {
            // Who is refused because a version is disabled is told apart from who may not: the vault names what he wanted.
            var wanted = refused.Inner == "SecretDisabled" ? $"{Origin}/secrets/{route.Name}{(route.Version is null ? "" : "/" + route.Version)}" : null;
            return (Answer.JsonError(refused.Status, refused.Code, refused.Message, refused.Inner), wanted);
        }
        finally
        {
            foreach (var one in events) raise(one);
        }
    }

    private (Answer, string?) DoSecret(Call call, Route route, JsonObject? body, List<WorldEvent> events)
    {
        switch (route.Operation)
        {
            case "SecretList":
                return (Page(call, "secrets", [.. shelf.Living.Select(secret => VaultJson.Item(Origin, secret, secret.Current, withVersion: false))]), null);
            case "SecretListVersions":
                // By id: the same every time, and in no order of time, as the service does.
                var versions = shelf.TryFind(route.Name) is { } listed
                    ? listed.Versions.OrderBy(version => version.Id, StringComparer.Ordinal).Select(version => VaultJson.Item(Origin, listed, version, withVersion: true))
                    : [];
                return (Page(call, $"secrets/{route.Name}/versions", [.. versions]), $"{Origin}/secrets/{route.Name}");
            case "SecretGet":
                return Get(route);
            case "SecretSet":
                return Set(route, body, events);
            case "SecretUpdate":
                var (changed, after) = shelf.Update(route.Name, route.Version, Read(body, withValue: false));
                return (Answer.Json(200, VaultJson.Item(Origin, changed, after, withVersion: true)), VersionId(changed, after));
            case "SecretDelete":
                var dying = shelf.Delete(route.Name);
                return (Answer.Json(200, VaultJson.Deleted(Origin, dying, withVersion: true)), VersionId(dying, dying.Current));
            case "SecretListDeleted":
                return (Page(call, "deletedsecrets", [.. shelf.Deleted.Select(secret => VaultJson.Deleted(Origin, secret, withVersion: false))]), null);
            case "SecretGetDeleted":
                var buried = shelf.FindDeleted(route.Name);
                return (Answer.Json(200, VaultJson.Deleted(Origin, buried, withVersion: true)), VersionId(buried, buried.Current));
            case "SecretRecover":
                var risen = shelf.Recover(route.Name);
                return (Answer.Json(200, VaultJson.Item(Origin, risen, risen.Current, withVersion: true)), VersionId(risen, risen.Current));
            default:
                shelf.Purge(route.Name);
                return (Answer.Empty(204), $"{Origin}/deletedsecrets/{route.Name}");
        }
    }

    private (Answer, string?) Get(Route route)
    {
        var (secret, version) = shelf.Find(route.Name, route.Version);
        return version.Enabled
            ? (Answer.Json(200, VaultJson.Bundle(Origin, secret, version)), VersionId(secret, version))
            : throw new VaultException(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");
    }

    private (Answer, string?) Set(Route route, JsonObject? body, List<WorldEvent> events)
    {
        var (secret, version) = shelf.Set(route.Name, Read(body, withValue: true));
        events.Add(EventOf(secret, version, "Microsoft.KeyVault.SecretNewVersionCreated"));
        return (Answer.Json(200, VaultJson.Bundle(Origin, secret, version)), VersionId(secret, version));
    }

    private static SecretWrite Read(JsonObject? body, bool withValue)
    {
        var (write, wrong) = SecretWrite.Read(body, withValue);
        return write ?? throw VaultException.Bad(wrong!);
    }

    private Answer Page(Call call, string path, JsonObject[] items)
    {
        const int PageSize = 25;
        var size = int.TryParse(call.Query("maxresults"), out var asked) ? asked : PageSize;
        if (size is < 1 or > PageSize) throw VaultException.Bad("maxresults is from 1 to 25.");
        var from = int.TryParse(call.Query("$skiptoken"), out var skip) && skip > 0 ? skip : 0;
        var next = from + size < items.Length
            ? $"{Origin}/{path}?api-version={Uri.EscapeDataString(call.Query("api-version") ?? "7.4")}&$skiptoken={from + size}&maxresults={size}"
            : null;
        return Answer.Json(200, VaultJson.Page(items.Skip(from).Take(size), next));
    }

    private string VersionId(StoredSecret secret, StoredVersion version) => $"{Origin}/secrets/{secret.Name}/{version.Id}";

    private WorldEvent EventOf(StoredSecret secret, StoredVersion version, string type) => new(
        WorldNames.NewId(), ResourceId, secret.Name, type, clock.GetUtcNow(), new JsonObject
        {
            ["Id"] = VersionId(secret, version),
            ["VaultName"] = Name,
            ["ObjectType"] = "Secret",
            ["ObjectName"] = secret.Name,
            ["Version"] = version.Id,
            ["NBF"] = version.NotBefore,
            ["EXP"] = version.Expires,
        });
}
