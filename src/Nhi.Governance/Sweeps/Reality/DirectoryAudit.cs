using System.Text.Json;
using System.Text.RegularExpressions;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>One of Entra's directory audits that tells of credentials of an application or of its service principal. Every text of it was checked by its shape. Instants UTC.</summary>
public sealed partial record DirectoryAudit
{
    /// <summary>Longest list of credentials, in UTF-16 characters: an application has at most some hundred.</summary>
    private const int LongestList = 256 * 1024;
    private const int MostParts = 64;
    private const string OfApplication = "Update application – Certificates and secrets management";

    /// <summary>Operations as Entra names them. A service principal's credentials open the same application.</summary>
    private static readonly (string Says, string Operation)[] _operations =
    [
        ("Certificates and secrets management", OfApplication),
        ("Add service principal credentials", "Add service principal credentials"),
        ("Remove service principal credentials", "Remove service principal credentials"),
    ];

    public required DateTimeOffset Time { get; init; }
    public required string Operation { get; init; }

    /// <summary>The object id, and whether it is a service principal's.</summary>
    public required string Target { get; init; }
    public bool OfServicePrincipal { get; init; }

    /// <summary>Key ids that came and went, lower case; both null where the entry does not say it.</summary>
    public IReadOnlyList<string>? Added { get; init; }
    public IReadOnlyList<string>? Removed { get; init; }
    public string? ObjectId { get; init; }
    public string? AppId { get; init; }
    public string? UserName { get; init; }
    public string? Ip { get; init; }
    public string? Correlation { get; init; }

    /// <summary>Those of one entry: one for each target. Empty for another activity and for what failed; <paramref name="junk"/>: it is not readable, and might have mattered. Never throws.</summary>
    public static IReadOnlyList<DirectoryAudit> Of(JsonElement element, DateTimeOffset now, out bool junk)
    {
        var read = EventMembers.Of(element);
        junk = read is null;
        if (read is not { } one || one.Text("activityDisplayName") is not { } said)
            return [];
        var operation = _operations.FirstOrDefault(known => said.Contains(known.Says, StringComparison.OrdinalIgnoreCase)).Operation;
        if (operation is null || !string.Equals(one.Text("result"), "success", StringComparison.OrdinalIgnoreCase))
            return [];
        var targets = PlatformTexts.Time(one.Text("activityDateTime"), now) is { } time && one.Array("targetResources") is { } array
            ? array.EnumerateArray().Take(MostParts).Select(target => OfTarget(one, operation, time, target)).OfType<DirectoryAudit>().ToList()
            : [];
        junk = targets.Count == 0;
        return targets;
    }

    private static DirectoryAudit? OfTarget(EventMembers one, string operation, DateTimeOffset time, JsonElement element)
    {
        if (EventMembers.Of(element) is not { } target || PlatformTexts.Id(target.Text("id")) is not { } id || target.Text("type") is not ("Application" or "ServicePrincipal"))
            return null;
        var by = one.Object("initiatedBy");
        var (user, app) = (by?.Object("user"), by?.Object("app"));
        var (added, removed) = Keys(target);
        return new DirectoryAudit
        {
            Time = time,
            Operation = operation,
            Target = id,
            OfServicePrincipal = target.Text("type") == "ServicePrincipal",
            Added = added,
            Removed = removed,
            ObjectId = PlatformTexts.Id(user?.Text("id")) ?? PlatformTexts.Id(app?.Text("servicePrincipalId")),
            AppId = PlatformTexts.Id(app?.Text("appId")),
            UserName = PlatformTexts.Name(user?.Text("userPrincipalName")),
            Ip = PlatformTexts.Address(user?.Text("ipAddress") ?? app?.Text("ipAddress")),
            Correlation = PlatformTexts.Id(one.Text("correlationId")),
        };
    }

    /// <summary>The list of credentials before and after: what is only in one of them came or went.</summary>
    private static (IReadOnlyList<string>?, IReadOnlyList<string>?) Keys(EventMembers target)
    {
        if (target.Array("modifiedProperties") is not { } properties)
            return default;
        var lists = properties.EnumerateArray().Take(MostParts).Select(EventMembers.Of).OfType<EventMembers>().FirstOrDefault(property => property.Text("displayName") == "KeyDescription");
        return lists is not null && KeyIds(lists, "oldValue") is { } before && KeyIds(lists, "newValue") is { } after
            ? ([.. after.Except(before)], [.. before.Except(after)])
            : default;
    }

    /// <summary>A text that holds a JSON list of texts <c>[KeyIdentifier=…,KeyType=…,KeyUsage=…,DisplayName=…]</c>. The display name is anybody's, so only the beginning is read; null where one of them has another form.</summary>
    private static IReadOnlyList<string>? KeyIds(EventMembers lists, string name)
    {
        if (!lists.Has(name))
            return [];
        try
        {
            if (lists.Text(name, LongestList) is not { } text)
                return null;
            using var list = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            if (list.RootElement.ValueKind != JsonValueKind.Array)
                return null;
            var ids = list.RootElement.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String && KeyPattern().Match(item.GetString()!) is { Success: true } match ? PlatformTexts.Id(match.Groups["id"].Value) : null).ToList();
            return ids.Contains(null) ? null : [.. ids.OfType<string>()];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or an escaped lone surrogate.
            return null;
        }
    }

    [GeneratedRegex(@"\A\[KeyIdentifier=(?<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}),KeyType=")]
    private static partial Regex KeyPattern();
}
