using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Graph;

/// <summary>The tenant's users, groups and service principals, its recycle bin, and who may read them (<c>Directory.Read.All</c>).</summary>
public sealed partial class People
{
    private readonly Lock holding = new();
    private readonly HashSet<string> readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Somebody> all = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes a user; his object id.</summary>
    /// <param name="address">Sign-in name and mail address.</param>
    /// <param name="displayName">What people call him.</param>
    public string AddUser(string address, string? displayName = null) => Add(new Somebody("user", WorldIdentity.Of($"user {address}").ObjectId, displayName ?? address, address, null));

    /// <summary>Makes a group; its object id.</summary>
    public string AddGroup(string mail, string? displayName = null) => Add(new Somebody("group", WorldIdentity.Of($"group {mail}").ObjectId, displayName ?? mail, mail, null));

    /// <summary>Makes the service principal of an identity.</summary>
    public string Add(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return Add(new Somebody("servicePrincipal", identity.ObjectId, identity.Name, null, identity.ClientId));
    }

    /// <summary>Blocks or allows a sign-in.</summary>
    public void SetEnabled(string objectId, bool enabled) => Change(objectId, somebody => somebody with { Enabled = enabled });

    /// <summary>Puts somebody into the recycle bin.</summary>
    public void Delete(string objectId) => Change(objectId, somebody => somebody with { Deleted = true });

    /// <summary>Empties the recycle bin of somebody: nobody knows that he ever was.</summary>
    public void Purge(string objectId)
    {
        lock (holding) all.Remove(objectId);
    }

    /// <summary>Lets an identity read the directory.</summary>
    public void AllowRead(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        lock (holding) readers.Add(identity.ObjectId);
    }

    internal bool MayRead(WorldIdentity identity)
    {
        lock (holding) return readers.Contains(identity.ObjectId);
    }

    /// <summary>Null where the request is about something else.</summary>
    internal Answer? Answer(Call call, WorldIdentity caller)
    {
        if (call.Method != "GET" || call.Segments is not ["v1.0" or "beta", .. var path] || Ask(path, call) is not { } found)
            return null;
        if (!MayRead(caller))
            return Wire.Answer.JsonError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        return found.List is { } list ? Wire.Answer.Json(200, new JsonObject { ["value"] = new JsonArray([.. list.Select(one => one.Shape())]) })
            : found.One is { } one ? Wire.Answer.Json(200, one.Shape())
            : Wire.Answer.JsonError(404, "Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present.");
    }

    /// <summary>Somebody as a list of owners shows him; null when nobody has that id.</summary>
    internal JsonObject? Shape(string objectId)
    {
        lock (holding) return all.GetValueOrDefault(objectId)?.Shape();
    }

    private Found? Ask(string[] path, Call call) => path switch
    {
        ["users"] => new(null, Mailed("user", call, deleted: false)),
        ["groups"] => new(null, Mailed("group", call, deleted: false)),
        ["directory", "deletedItems", "microsoft.graph.user"] => new(null, Mailed("user", call, deleted: true)),
        ["directory", "deletedItems", var id] => new(One(somebody => somebody.Deleted && Same(somebody.Id, id))),
        ["users", var id] => new(One(somebody => somebody is { Type: "user", Deleted: false } && (Same(somebody.Id, id) || Same(somebody.Mail, id)))),
        ["directoryObjects", var id] => new(One(somebody => !somebody.Deleted && Same(somebody.Id, id))),
        ["servicePrincipals", var id] => new(One(somebody => somebody is { Type: "servicePrincipal", Deleted: false } && Same(somebody.Id, id))),
        [var alternate] when AppId().Match(alternate) is { Success: true } match => new(One(somebody => !somebody.Deleted && Same(somebody.AppId, match.Groups[1].Value))),
        _ => null,
    };

    private IReadOnlyList<Somebody> Mailed(string type, Call call, bool deleted)
    {
        var asked = ByMail().Match(call.Query("$filter") ?? "") is { Success: true } match ? match.Groups[1].Value.Replace("''", "'", StringComparison.Ordinal) : null;
        lock (holding) return [.. all.Values.Where(somebody => somebody.Type == type && somebody.Deleted == deleted && Same(somebody.Mail, asked))];
    }

    private Somebody? One(Func<Somebody, bool> condition)
    {
        lock (holding) return all.Values.FirstOrDefault(condition);
    }

    private string Add(Somebody somebody)
    {
        lock (holding) all[somebody.Id] = somebody;
        return somebody.Id;
    }

    private void Change(string objectId, Func<Somebody, Somebody> change)
    {
        lock (holding) all[objectId] = change(all[objectId]);
    }

    private static bool Same(string? one, string? other) => one is not null && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\AservicePrincipals\(appId='([0-9a-fA-F-]{36})'\)\z")]
    private static partial Regex AppId();

    [GeneratedRegex(@"\Amail eq '(.*)'\z")]
    private static partial Regex ByMail();

    private sealed record Found(Somebody? One, IReadOnlyList<Somebody>? List = null);

    private sealed record Somebody(string Type, string Id, string DisplayName, string? Mail, string? AppId, bool Enabled = true, bool Deleted = false)
    {
        public JsonObject Shape()
        {
            var shape = new JsonObject { ["@odata.type"] = $"#microsoft.graph.{Type}", ["id"] = Id, ["displayName"] = DisplayName };
            if (Mail is not null) shape["mail"] = Mail;
            if (Type == "user") shape["userPrincipalName"] = Mail;
            if (Type != "group") shape["accountEnabled"] = Enabled;
            if (AppId is not null) shape["appId"] = AppId;
            return shape;
        }
    }
}
