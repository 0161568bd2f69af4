using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nhi.Local.Clock;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Graph;

/// <summary>Entra's directory audits: who added or removed a credential of an application, some minutes after it was done. Whoever may read the directory may read them.</summary>
public sealed partial class DirectoryAudits
{
    private const int PageSize = 2;
    private readonly WorldClock clock;
    private readonly Lock holding = new();
    private readonly List<(JsonNode? Entry, DateTimeOffset At, DateTimeOffset Shown)> entries = [];

    internal DirectoryAudits(WorldClock clock) => this.clock = clock;

    /// <summary>Governance time until an entry shows.</summary>
    public TimeSpan Lag { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Writes an entry as it stands, whatever it is.</summary>
    public void Write(JsonNode? entry, DateTimeOffset at)
    {
        lock (holding) entries.Add((entry, at, at + Lag));
    }

    /// <summary>Credentials of an application before and after. <paramref name="isUser"/>: a person did it, not an application.</summary>
    internal void Changed(Application application, WorldIdentity by, bool isUser, string ip, IEnumerable<PasswordCredential> before, IEnumerable<PasswordCredential> after)
    {
        var now = clock.GetUtcNow();
        Write(new JsonObject
        {
            ["id"] = WorldNames.NewId(),
            ["category"] = "ApplicationManagement",
            ["correlationId"] = WorldNames.NewId(),
            ["result"] = "success",
            // With the blank at its end, as Entra has it.
            ["activityDisplayName"] = "Update application – Certificates and secrets management ",
            ["activityDateTime"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
            ["initiatedBy"] = isUser
                ? new JsonObject { ["user"] = new JsonObject { ["id"] = by.ObjectId, ["userPrincipalName"] = $"{by.Name}@contoso.com", ["ipAddress"] = ip }, ["app"] = null }
                : new JsonObject { ["user"] = null, ["app"] = new JsonObject { ["appId"] = null, ["displayName"] = by.Name, ["servicePrincipalId"] = by.ObjectId } },
            ["targetResources"] = new JsonArray(new JsonObject
            {
                ["id"] = application.ObjectId,
                ["displayName"] = application.DisplayName,
                ["type"] = "Application",
                ["modifiedProperties"] = new JsonArray(
                    new JsonObject { ["displayName"] = "KeyDescription", ["oldValue"] = Described(before), ["newValue"] = Described(after) },
                    new JsonObject { ["displayName"] = "Included Updated Properties", ["oldValue"] = null, ["newValue"] = "\"KeyDescription\"" }),
            }),
        }, now);
    }

    /// <summary>Null where the request is about something else.</summary>
    internal Answer? Answer(Call call, bool mayRead)
    {
        if (call.Method != "GET" || call.Segments is not ["v1.0" or "beta", "auditLogs", "directoryAudits"])
            return null;
        if (!mayRead)
            return Wire.Answer.JsonError(403, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All");
        if (Filter().Match(call.Query("$filter") ?? "") is not { Success: true } asked)
            return Wire.Answer.JsonError(400, "BadRequest", "Invalid filter clause");
        var (from, to) = (At(asked.Groups[1].Value), At(asked.Groups[2].Value));
        var skip = int.TryParse(call.Query("$skiptoken"), NumberStyles.None, CultureInfo.InvariantCulture, out var said) ? said : 0;
        List<JsonNode?> all;
        lock (holding) all = [.. entries.Where(one => one.Shown <= clock.GetUtcNow() && one.At >= from && one.At <= to).Select(one => one.Entry?.DeepClone())];
        var page = new JsonObject { ["value"] = new JsonArray([.. all.Skip(skip).Take(PageSize)]) };
        if (skip + PageSize < all.Count)
            page["@odata.nextLink"] = string.Create(CultureInfo.InvariantCulture, $"https://{call.Host}{call.RawTarget.Split("&$skiptoken=", 2)[0]}&$skiptoken={skip + PageSize}");
        return Wire.Answer.Json(200, page);
    }

    private static string Described(IEnumerable<PasswordCredential> credentials) =>
        new JsonArray([.. credentials.Select(one => (JsonNode?)$"[KeyIdentifier={one.KeyId},KeyType=Password,KeyUsage=Verify,DisplayName={one.DisplayName}]")]).ToJsonString();

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    [GeneratedRegex(@"\AactivityDateTime ge ([0-9T:Z-]+) and activityDateTime le ([0-9T:Z-]+) and category eq 'ApplicationManagement'\z")]
    private static partial Regex Filter();
}
