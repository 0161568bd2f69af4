using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Clock;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators;

/// <summary>
/// <c>api.loganalytics.io</c>: a workspace that the vaults' logs lie in, for identities that may read it. It knows no KQL: of a query about one vault's log it takes the window, the vault, and whether hours are counted or
/// a page is wanted; any other is refused as the service refuses one that it cannot read.
/// </summary>
public sealed partial class WorkspaceEmulator : IWireHost
{
    /// <summary>Its host name.</summary>
    public const string HostName = "api.loganalytics.io";

    /// <summary>The workspace's id.</summary>
    public const string Id = "3f2a8c1d-5b7e-4a90-9c64-0e1d2b3a4c5d";

    private static readonly (string Name, string Type)[] Columns =
    [
        ("Time", "datetime"), ("ResourceId", "string"), ("Operation", "string"), ("Result", "string"), ("Description", "string"), ("Status", "int"), ("Ip", "string"),
        ("Correlation", "string"), ("Id", "string"), ("Uri", "string"), ("Oid", "string"), ("App", "string"), ("User", "string"),
    ];

    private readonly TokenDesk tokens;
    private readonly AuditTrail trail;
    private readonly WorldClock clock;
    private readonly Func<string, string?> resourceOf;
    private readonly ConcurrentDictionary<string, byte> readers = new(StringComparer.OrdinalIgnoreCase);

    internal WorkspaceEmulator(TokenDesk tokens, AuditTrail trail, WorldClock clock, Func<string, string?> resourceOf) =>
        (this.tokens, this.trail, this.clock, this.resourceOf) = (tokens, trail, clock, resourceOf);

    /// <summary>Governance time between a call and its row.</summary>
    public TimeSpan Lag { get; set; } = TimeSpan.FromMinutes(10);

    string IWireHost.Service => "workspace";

    /// <summary>Lets an identity query it.</summary>
    public void AllowRead(WorldIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        readers[identity.ObjectId] = 0;
    }

    Answer IWireHost.Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    async ValueTask<Answer> IWireHost.AnswerAsync(Call call, CancellationToken cancellation)
    {
        if (tokens.Check(call.Bearer, TokenDesk.LogAnalytics) is not { } caller)
            return Answer.JsonError(401, "InvalidTokenError", "The provided authentication is not valid for this resource");
        if (call.Method != "POST" || call.Segments is not ["v1", "workspaces", var id, "query"])
            return Answer.JsonError(404, "PathNotFoundError", "The requested path does not exist");
        if (!string.Equals(id, Id, StringComparison.OrdinalIgnoreCase))
            return Answer.JsonError(404, "WorkspaceNotFoundError", $"The workspace {id} could not be found");
        if (!readers.ContainsKey(caller.ObjectId))
            return Answer.JsonError(403, "InsufficientAccessError", "The provided credentials have insufficient access to perform the requested operation");
        var query = (string?)(await call.JsonAsync(cancellation))?["query"] ?? "";
        return AskedPattern().Match(query) is { Success: true } asked ? To(asked) : Answer.JsonError(400, "BadArgumentError", "The request had some invalid properties", "SYN0002");
    }

    private Answer To(Match asked)
    {
        var (from, until) = (Instant(asked.Groups["from"].Value), Instant(asked.Groups["until"].Value));
        var rows = trail.All.Where(fact => fact.Resource.Equals(asked.Groups["vault"].Value, StringComparison.OrdinalIgnoreCase) && fact.Time >= from && fact.Time < until && fact.Time + Lag <= clock.GetUtcNow() && resourceOf(fact.Resource) is not null);
        if (asked.Groups["most"] is { Success: true } most)
            return Table(Columns, rows.OrderBy(fact => fact.Time).Take(int.Parse(most.Value, CultureInfo.InvariantCulture)).Select(Row));
        return Table(
            [("Hour", "datetime"), ("Rows", "long")],
            rows.GroupBy(fact => new DateTimeOffset(fact.Time.Year, fact.Time.Month, fact.Time.Day, fact.Time.Hour, 0, 0, TimeSpan.Zero)).OrderBy(group => group.Key)
                .Select(group => new JsonArray(group.Key.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), group.Count())));
    }

    private JsonArray Row(AuditFact fact)
    {
        var line = AuditArchiveWriter.Line(fact, resourceOf(fact.Resource)!);
        var (properties, claim) = (line["properties"]!, line["identity"]?["claim"]);
        return
        [
            line["time"]!.DeepClone(), ((string)line["resourceId"]!).ToLowerInvariant(), Text(line["operationName"]), Text(line["resultType"]), Text(line["resultDescription"]), fact.Status, Text(line["callerIpAddress"]),
            Text(line["correlationId"]), Text(properties["id"]), Text(properties["requestUri"]), Text(claim?["oid"]), Text(claim?["appid"]), "",
        ];
    }

    private static string Text(JsonNode? node) => (string?)node ?? "";

    private static Answer Table(IEnumerable<(string Name, string Type)> columns, IEnumerable<JsonArray> rows) => Answer.Json(200, new JsonObject
    {
        ["tables"] = new JsonArray(new JsonObject
        {
            ["name"] = "PrimaryResult",
            ["columns"] = new JsonArray([.. columns.Select(column => new JsonObject { ["name"] = column.Name, ["type"] = column.Type })]),
            ["rows"] = new JsonArray([.. rows]),
        }),
    });

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    [GeneratedRegex(
        """TimeGenerated >= datetime\((?<from>[0-9T:.Z-]+)\) and TimeGenerated < datetime\((?<until>[0-9T:.Z-]+)\)\s+\| where _ResourceId endswith "/providers/microsoft\.keyvault/vaults/(?<vault>[0-9A-Za-z-]+)".*(?:summarize Rows=count\(\) by Hour=bin\(Time, 1h\)|\| top (?<most>[0-9]+) by Time asc)""",
        RegexOptions.Singleline)]
    private static partial Regex AskedPattern();
}
