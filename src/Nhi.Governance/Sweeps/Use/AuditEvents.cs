using System.Text.Json;
using System.Text.RegularExpressions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// Reads Key Vault's AuditEvent: a line of the storage archive, or what an event hub delivers (<c>{"records":[…]}</c>), with the short names of claims and the long ones of old.
/// Names of secrets, users and clients are chosen by others: every text has a shape and a length, and a line that says two things says nothing.
/// </summary>
public static partial class AuditEvents
{
    /// <summary>Longest line of the archive, in bytes.</summary>
    public const int LongestLine = 64 * 1024;

    /// <summary>Longest body of an event hub, in bytes.</summary>
    public const int LongestBody = 1024 * 1024;

    private const int MostRecords = 2_000;

    /// <summary>How the vault refuses a version that is disabled to whoever may read it.</summary>
    private const string DisabledSecret = "Operation get is not allowed on a disabled secret";
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = 16 };

    /// <summary>Never throws, whatever the bytes. <paramref name="now"/>: governance time, UTC; nothing is of a later time than a quarter of an hour after it.</summary>
    public static AuditReading Parse(ReadOnlyMemory<byte> utf8, DateTimeOffset now)
    {
        List<AuditEvent> events = [];
        List<AuditRejection> rejected = [];
        if (utf8.Length > LongestBody)
            return new AuditReading(events, [AuditRejection.TooLarge]);
        try
        {
            using var document = JsonDocument.Parse(utf8, _json);
            if (EventMembers.Of(document.RootElement) is not { } root)
                rejected.Add(AuditRejection.NotAnEvent);
            else if (root.Array("records") is { } records)
                ReadAll(records, now, events, rejected);
            else
                ReadOne(root, now, events, rejected);
        }
        catch (JsonException)
        {
            rejected.Add(AuditRejection.NotJson);
        }

        return new AuditReading(events, rejected);
    }

    private static void ReadAll(JsonElement records, DateTimeOffset now, List<AuditEvent> events, List<AuditRejection> rejected)
    {
        if (records.GetArrayLength() > MostRecords)
            rejected.Add(AuditRejection.TooLarge);
        foreach (var element in records.EnumerateArray().Take(MostRecords))
        {
            if (EventMembers.Of(element) is { } one)
                ReadOne(one, now, events, rejected);
            else
                rejected.Add(AuditRejection.NotAnEvent);
        }
    }

    private static void ReadOne(EventMembers one, DateTimeOffset now, List<AuditEvent> events, List<AuditRejection> rejected)
    {
        if (one.Has("category") && one.Text("category") != "AuditEvent")
            rejected.Add(AuditRejection.OtherCategory);
        else if (PlatformTexts.Time(one.Text("time"), now) is not { } time || one.Text("resourceId") is not { } resource || VaultPattern().Match(resource) is not { Success: true } vault
            || one.Text("operationName") is not { } operation || !OperationPattern().IsMatch(operation))
            rejected.Add(AuditRejection.NotAnEvent);
        else if (Event(one, time, vault, operation) is { } read)
            events.Add(read);
        else
            rejected.Add(AuditRejection.Contradiction);
    }

    private static AuditEvent? Event(EventMembers one, DateTimeOffset time, Match vault, string operation)
    {
        var properties = one.Object("properties");
        var caller = CallerClaims.Of(one.Object("identity")?.Object("claim"));
        var name = vault.Groups["vault"].Value.ToLowerInvariant();
        // The id bears the version; what the client asked for lacks it whenever it asked for the latest one.
        var match = ObjectPattern().Match(properties?.Text("id") ?? properties?.Text("requestUri") ?? "");
        if (match.Success && !string.Equals(match.Groups["host"].Value.Split('.')[0], name, StringComparison.OrdinalIgnoreCase))
            return null;
        // What is deleted, purged and recovered stands under another type. A restore is sent to the place where the secrets are: its last part is no name.
        var secret = match.Success && match.Groups["type"].Value.ToLowerInvariant() is "secrets" or "deletedsecrets" && !(operation == "SecretRestore" && match.Groups["name"].Value == "restore")
            && CredentialId.TryOf(match.Groups["host"].Value, match.Groups["name"].Value, out var id) ? id : (CredentialId?)null;
        return new AuditEvent
        {
            Time = time,
            Vault = name,
            Subscription = vault.Groups["subscription"].Value.ToLowerInvariant(),
            Operation = operation,
            Result = Result(one, properties),
            Credential = secret,
            Version = secret is not null && match.Groups["version"].Value is { Length: 32 } version ? version.ToLowerInvariant() : null,
            ObjectId = caller.ObjectId,
            AppId = caller.AppId,
            UserName = caller.UserName,
            Ip = PlatformTexts.Address(one.Text("callerIpAddress")),
            Correlation = PlatformTexts.Id(one.Text("correlationId")),
        };
    }

    private static AuditResult Result(EventMembers one, EventMembers? properties)
    {
        var status = properties?.Number("httpStatusCode") ?? (string.Equals(one.Text("resultType"), "Success", StringComparison.OrdinalIgnoreCase) ? 200 : 0);
        return status switch
        {
            >= 200 and < 300 => AuditResult.Done,
            // A firewall's refusal speaks of what is disabled too, and a refusal may repeat a name that does.
            403 when one.Text("resultDescription")?.StartsWith(DisabledSecret, StringComparison.OrdinalIgnoreCase) == true => AuditResult.Disabled,
            401 or 403 => AuditResult.Denied,
            _ => AuditResult.Failed,
        };
    }

    [GeneratedRegex(@"\A/subscriptions/(?<subscription>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/resourceGroups/[0-9a-z._()-]{1,90}/providers/Microsoft\.KeyVault/vaults/(?<vault>[a-z][0-9a-z-]{1,22}[0-9a-z])\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex VaultPattern();

    [GeneratedRegex(@"\Ahttps://(?<host>[0-9a-z-]{3,24}(?:\.[0-9a-z-]{1,63}){1,6})(?::443)?/(?<type>[a-z]{4,20})/(?<name>[0-9a-z-]{1,127})(?:/(?:(?<version>[0-9a-f]{32})|backup|recover|restore)?)?(?:\?[!-~]{0,400})?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ObjectPattern();

    [GeneratedRegex(@"\A[A-Za-z]{3,64}\z")]
    private static partial Regex OperationPattern();
}
