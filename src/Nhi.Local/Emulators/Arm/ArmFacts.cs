using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Arm;

/// <summary>What ARM tells readers beside the resources themselves: tags, the Activity Log, role assignments.</summary>
public sealed partial class ArmFacts
{
    private const int PageSize = 2;
    private readonly Lock holding = new();
    private readonly HashSet<string> readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> curtailers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Dictionary<string, string>> tags = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Happening> log = [];
    private readonly List<RoleGiven> assignments = [];
    private readonly HashSet<(string Principal, string Group)> members = [];
    private readonly Dictionary<string, JsonObject> roles = BuiltInRoles.All;
    private readonly List<(JsonNode? Entry, DateTimeOffset At, DateTimeOffset Shown)> happenings = [];

    /// <summary>Governance time until what happened shows in the Activity Log.</summary>
    public TimeSpan Lag { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The resource group of everything here.</summary>
    public static string GroupId => $"/subscriptions/{WorldNames.Subscription}/resourceGroups/{WorldNames.ResourceGroup}";

    /// <summary>Lets an identity read all of it.</summary>
    public void AllowRead(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) readers.Add(identity.ObjectId);
    }

    /// <summary>Lets an identity read role assignments, and delete those of service principals.</summary>
    public void AllowCurtail(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) curtailers.Add(identity.ObjectId);
    }

    /// <summary>Tags a resource, a group, or anything else by its ARM id; with none, it is there all the same.</summary>
    public void Tag(string armId, params IEnumerable<(string Name, string Value)> pairs)
    {
        lock (holding) tags[armId] = pairs.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Takes something out of the subscription.</summary>
    public void Remove(string armId)
    {
        lock (holding) tags.Remove(armId);
    }

    /// <summary>Writes into the Activity Log that somebody wrote a resource: made it, or changed it.</summary>
    public void Wrote(string armId, string caller, DateTimeOffset at, bool made = true)
    {
        lock (holding) log.Add(new Happening(armId, caller, at, made));
    }

    /// <summary>Writes into the Activity Log that an operation succeeded: e.g. that a diagnostic setting was deleted. <paramref name="operation"/> as ARM calls it, <paramref name="lag"/>: until it shows, <see cref="Lag"/> unless said.</summary>
    public void Happened(string operation, string armId, WorldIdentity by, DateTimeOffset at, string ip = "127.0.0.1", string status = "Succeeded", TimeSpan? lag = null)
    {
        ArgumentNullException.ThrowIfNull(by);
        Happened(ActivityShape.Of(operation, armId, by, at, ip, status), at, lag);
    }

    /// <summary>Writes an entry as it stands, whatever it is.</summary>
    public void Happened(JsonNode? entry, DateTimeOffset at, TimeSpan? lag = null)
    {
        lock (holding) happenings.Add((entry, at, at + (lag ?? Lag)));
    }

    /// <summary>Assigns a role to a service principal, long ago. <paramref name="scope"/>: an ARM id; <c>/</c> is the root.</summary>
    public void Assign(string principalId, string roleId, string scope) => Assign(new RoleGiven { Principal = principalId, Role = roleId, Scope = scope });

    /// <summary>Assigns a role.</summary>
    public void Assign(RoleGiven given)
    {
        lock (holding) assignments.Add(given);
    }

    /// <summary>The role assignments that are there.</summary>
    public IReadOnlyList<RoleGiven> Assigned
    {
        get
        {
            lock (holding) return [.. assignments];
        }
    }

    /// <summary>Makes a principal a member of a group: what the group may do, it may.</summary>
    public void Join(string principalId, string groupId)
    {
        lock (holding) members.Add((principalId, groupId));
    }

    /// <summary>Defines a role, beside the built-in ones of <see cref="BuiltInRoles"/>.</summary>
    public void Define(string roleId, string name, IEnumerable<string> actions, params IEnumerable<string> dataActions)
    {
        lock (holding) roles[roleId] = BuiltInRoles.Shape(roleId, name, "CustomRole", actions, dataActions);
    }

    /// <summary>Null where the request is about something else. <paramref name="isThere"/>: whether a resource without tags exists.</summary>
    internal Answer? Answer(Call call, WorldIdentity caller, DateTimeOffset now, Func<string, bool> isThere)
    {
        if (ToAssignment(call, caller, now) is { } assignment)
            return assignment;
        if (call.Method != "GET" || Ask(call, now, isThere) is not { } answer)
            return null;
        lock (holding)
            if (!readers.Contains(caller.ObjectId) && !(curtailers.Contains(caller.ObjectId) && call.Segments is [.., var last] && Is(last, "roleAssignments")))
                return Refused(caller);
        return answer();
    }

    /// <summary>One role assignment by its id.</summary>
    private Answer? ToAssignment(Call call, WorldIdentity caller, DateTimeOffset now)
    {
        if (call.Method is not ("GET" or "DELETE") || call.Segments is not [.., var p, var provider, var type, _] || !Is(p, "providers") || !Is(provider, "Microsoft.Authorization") || !Is(type, "roleAssignments"))
            return null;
        var id = "/" + string.Join('/', call.Segments);
        lock (holding)
        {
            var found = assignments.Find(one => Is(one.Id, id));
            if (call.Method == "GET")
                return !readers.Contains(caller.ObjectId) && !curtailers.Contains(caller.ObjectId) ? Refused(caller)
                    : found is null ? NotThere(id, "RoleAssignmentNotFound") : Wire.Answer.Json(200, found.Shape());
            if (!curtailers.Contains(caller.ObjectId) || (found is not null && found.Type != "ServicePrincipal"))
                return Refused(caller);
            if (found is null)
                return IsElsewhere(id) ? NotThere(id, "") : Wire.Answer.Empty(204);
            assignments.Remove(found);
        }

        Happened("Microsoft.Authorization/roleAssignments/delete", id, caller, now);
        return Wire.Answer.Json(200, new JsonObject { ["id"] = id });
    }

    private static Answer Refused(WorldIdentity caller) =>
        Wire.Answer.JsonError(403, "AuthorizationFailed", $"The client with object id '{caller.ObjectId}' does not have authorization to perform that action.");

    private Func<Answer>? Ask(Call call, DateTimeOffset now, Func<string, bool> isThere) => call.Segments switch
    {
        [var one] when Is(one, "subscriptions") => () => List([new JsonObject { ["subscriptionId"] = WorldNames.Subscription, ["displayName"] = "local", ["state"] = "Enabled" }], call),
        [.. var scope, var p, var provider, var t, var d] when Is(p, "providers") && Is(provider, "Microsoft.Resources") && Is(t, "tags") && Is(d, "default") => () => Tags("/" + string.Join('/', scope), isThere),
        ["subscriptions", _, var p, var provider, var e, var m, var v] when Is(p, "providers") && Is(provider, "Microsoft.Insights") && Is(e, "eventtypes") && Is(m, "management") && Is(v, "values") => () => Log(call, now),
        ["subscriptions", _, var p, var provider, var a] when Is(p, "providers") && Is(provider, "Microsoft.Authorization") && Is(a, "roleAssignments") => () => Roles(call),
        ["subscriptions", _, var p, var provider, var d, var role] when Is(p, "providers") && Is(provider, "Microsoft.Authorization") && Is(d, "roleDefinitions") => () => Definition(role),
        _ => null,
    };

    private Answer Tags(string scope, Func<string, bool> isThere)
    {
        lock (holding)
        {
            if (!tags.TryGetValue(scope, out var known) && !isThere(scope) && !Is(scope, GroupId))
                return NotThere(scope, "ResourceNotFound");
            return Wire.Answer.Json(200, new JsonObject
            {
                ["properties"] = new JsonObject { ["tags"] = new JsonObject([.. (known ?? []).Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value))]) },
            });
        }
    }

    /// <summary>What Azure says of what is not there: the widest thing that it does not know.</summary>
    private static Answer NotThere(string id, string code) =>
        IsElsewhere(id) ? Wire.Answer.JsonError(404, "SubscriptionNotFound", "The subscription could not be found.")
        : id.Split('/') is ["", _, _, var g, ..] && Is(g, "resourceGroups") && !id.StartsWith(GroupId + "/", StringComparison.OrdinalIgnoreCase) ? Wire.Answer.JsonError(404, "ResourceGroupNotFound", "The resource group could not be found.")
        : Wire.Answer.JsonError(404, code, "It is not found.");

    private static bool IsElsewhere(string id) => id.Split('/') is ["", var s, var subscription, ..] && Is(s, "subscriptions") && !Is(subscription, WorldNames.Subscription);

    private Answer Log(Call call, DateTimeOffset now)
    {
        if (LogFilter().Match(call.Query("$filter") ?? "") is not { Success: true } asked)
            return Wire.Answer.JsonError(400, "BadRequest", "A filter on eventTimestamp is needed, and resourceUri is all that it may have beside.");
        var (from, to) = (At(asked.Groups[1].Value), At(asked.Groups[2].Value));
        if (to - from > TimeSpan.FromDays(90))
            return Wire.Answer.JsonError(400, "BadRequest", "The Activity Log keeps 90 days.");
        var resource = asked.Groups[3] is { Success: true } said ? said.Value : null;
        lock (holding)
        {
            var all = log.Select(entry => (Entry: (JsonNode?)entry.Shape(), entry.At, Shown: entry.At)).Concat(happenings.Select(one => (Entry: one.Entry?.DeepClone(), one.At, one.Shown)));
            return List([.. all.Where(one => one.Shown <= now && one.At >= from && one.At <= to && (resource is null || Is(ActivityShape.ResourceOf(one.Entry), resource))).OrderByDescending(one => one.At).Select(one => one.Entry)], call);
        }
    }

    private Answer Roles(Call call)
    {
        var filter = call.Query("$filter") ?? "";
        var principal = PrincipalFilter().Match(filter) is { Success: true } own ? own.Groups[1].Value : AssignedFilter().Match(filter).Groups[1].Value;
        lock (holding)
        {
            var groups = AssignedFilter().IsMatch(filter) ? members.Where(member => Is(member.Principal, principal)).Select(member => member.Group).ToList() : [];
            return List([.. assignments.Where(assignment => filter == "atScope()" ? assignment.IsAtOrAbove("/" + string.Join('/', call.Segments.Take(2))) : Is(assignment.Principal, principal) || groups.Exists(group => Is(group, assignment.Principal))).Select(assignment => assignment.Shape())], call);
        }
    }

    private Answer Definition(string role)
    {
        lock (holding)
            return roles.TryGetValue(role, out var shape) ? Wire.Answer.Json(200, shape.DeepClone().AsObject()) : Wire.Answer.JsonError(404, "RoleDefinitionDoesNotExist", "The specified role definition does not exist.");
    }

    /// <summary>A page, and a link to the next one.</summary>
    private static Answer List(IReadOnlyList<JsonNode?> all, Call call)
    {
        var from = int.TryParse(call.Query("$skiptoken"), CultureInfo.InvariantCulture, out var said) ? said : 0;
        var page = new JsonObject { ["value"] = new JsonArray([.. all.Skip(from).Take(PageSize)]) };
        if (from + PageSize < all.Count)
        {
            var bare = call.RawTarget.Split("&$skiptoken=", 2)[0];
            page["nextLink"] = string.Create(CultureInfo.InvariantCulture, $"https://{call.Host}{bare}&$skiptoken={from + PageSize}");
        }

        return Wire.Answer.Json(200, page);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static bool Is(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\AeventTimestamp ge '([0-9T:Z-]+)' and eventTimestamp le '([0-9T:Z-]+)'(?: and resourceUri eq '([^']+)')?\z")]
    private static partial Regex LogFilter();

    [GeneratedRegex(@"\AprincipalId eq '([0-9a-fA-F-]{36})'\z")]
    private static partial Regex PrincipalFilter();

    /// <summary>With the assignments of its groups.</summary>
    [GeneratedRegex(@"\AassignedTo\('([0-9a-fA-F-]{36})'\)\z")]
    private static partial Regex AssignedFilter();

    private sealed record Happening(string ArmId, string Caller, DateTimeOffset At, bool Made)
    {
        public JsonObject Shape() => new()
        {
            ["caller"] = Caller,
            ["eventTimestamp"] = At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
            ["resourceId"] = ArmId,
            ["operationName"] = new JsonObject { ["value"] = "Microsoft.Storage/storageAccounts/write", ["localizedValue"] = "Create/Update Storage Account" },
            ["status"] = new JsonObject { ["value"] = "Succeeded", ["localizedValue"] = "Succeeded" },
            ["subStatus"] = new JsonObject { ["value"] = Made ? "Created" : "OK", ["localizedValue"] = Made ? "Created (HTTP Status Code: 201)" : "OK (HTTP Status Code: 200)" },
        };
    }
}
