using System.Globalization;
using System.Text.Json.Nodes;
using Nhi.Local.Clock;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Graph;

/// <summary><c>graph.microsoft.com</c> for callers with <c>Application.ReadWrite.OwnedBy</c>: applications, their secrets and owners.</summary>
internal sealed class GraphEmulator(TokenDesk tokens, Tenant directory, AuditTrail audit, WorldClock clock) : IWireHost
{
    public string Service => "graph";

    public Answer Error(int status, string code, string message) => Answer.JsonError(status, code, message);

    public async ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation)
    {
        if (tokens.Check(call.Bearer, TokenDesk.Graph) is not { } caller)
            return Error(401, "InvalidAuthenticationToken", "Access token is empty, malformed or expired.").With("WWW-Authenticate", "Bearer realm=\"\"");
        if (directory.People.Answer(call, caller) is { } people) return people;
        if (directory.Audits.Answer(call, directory.People.MayRead(caller)) is { } audits) return audits;
        if (call.Segments is not ["v1.0" or "beta", var collection, .. var rest] || IdOf(collection, rest, out var action) is not { } id)
            return Error(400, "BadRequest", "Resource not found for the segment.");
        if (directory.Find(id) is not { } application)
            return Error(404, "Request_ResourceNotFound", $"Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        if (!application.Owners.Contains(caller.ObjectId) && !(call.Method == "GET" && directory.People.MayRead(caller)))
            return Error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
        var body = call.Method == "POST" ? await call.JsonAsync(cancellation) : null;
        var before = directory.PasswordsOf(application);
        var answer = (call.Method, action) switch
        {
            ("GET", "") => Answer.Json(200, Shape(application)),
            ("GET", "owners") => Answer.Json(200, Owners(application)),
            ("POST", "addPassword") => Add(application, body),
            ("POST", "removePassword") => Remove(application, body),
            _ => Error(400, "BadRequest", "Resource not found for the segment."),
        };
        if (call.Method == "POST" && answer.Status < 300)
            directory.Audits.Changed(application, caller, isUser: false, "127.0.0.1", before, directory.PasswordsOf(application));
        if (call.Method == "POST")
            audit.Record(new AuditFact(clock.GetUtcNow(), application.ObjectId, $"applications/{action}", application.AppId, caller.Name, caller.ObjectId, answer.Status));
        return answer;
    }

    /// <summary><c>applications/{objectId}/…</c> or <c>applications(appId='{appId}')/…</c>.</summary>
    private static string? IdOf(string collection, string[] rest, out string action)
    {
        action = "";
        const string Alternate = "applications(appId='";
        if (collection.StartsWith(Alternate, StringComparison.OrdinalIgnoreCase) && collection.EndsWith("')", StringComparison.Ordinal) && rest.Length <= 1)
        {
            action = rest is [var only] ? Plain(only) : "";
            return collection[Alternate.Length..^2];
        }

        if (collection != "applications" || rest.Length is 0 or > 2) return null;
        action = rest is [_, var second] ? Plain(second) : "";
        return rest[0];
    }

    private static string Plain(string action) => action.StartsWith("microsoft.graph.", StringComparison.Ordinal) ? action["microsoft.graph.".Length..] : action;

    private Answer Add(Application application, JsonObject? body)
    {
        var wanted = body?["passwordCredential"] as JsonObject;
        if (!Instant(wanted?["startDateTime"], out var start) || !Instant(wanted?["endDateTime"], out var end) || end <= (start ?? clock.GetUtcNow()))
            return Error(400, "Request_BadRequest", "passwordCredential's startDateTime and endDateTime are instants, the end after the start.");
        if (directory.PasswordsOf(application).Count >= 600)
            return Error(400, "Directory_QuotaExceeded", "The application has too many credentials.");
        var added = directory.AddPassword(application, (string?)wanted?["displayName"], start, end);
        var answer = Shape(added);
        answer["secretText"] = added.Secret;
        return Answer.Json(200, answer);
    }

    private Answer Remove(Application application, JsonObject? body) =>
        (string?)body?["keyId"] is { } keyId && directory.RemoveSecret(application, keyId)
            ? Answer.Empty(204)
            : Error(400, "Request_BadRequest", "No password credential found with keyId.");

    private static bool Instant(JsonNode? node, out DateTimeOffset? instant)
    {
        instant = null;
        if (node is null) return true;
        if (!DateTimeOffset.TryParse((string?)node, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        instant = parsed;
        return true;
    }

    private JsonObject Shape(Application application) => new()
    {
        ["id"] = application.ObjectId,
        ["appId"] = application.AppId,
        ["displayName"] = application.DisplayName,
        ["passwordCredentials"] = new JsonArray([.. directory.PasswordsOf(application).Select(Shape)]),
        ["keyCredentials"] = new JsonArray(),
    };

    private JsonObject Owners(Application application) => new()
    {
        ["value"] = new JsonArray([.. application.Owners.Select(owner => directory.People.Shape(owner) ?? new JsonObject { ["@odata.type"] = "#microsoft.graph.servicePrincipal", ["id"] = owner })]),
    };

    private static JsonObject Shape(PasswordCredential password) => new()
    {
        ["keyId"] = password.KeyId,
        ["displayName"] = password.DisplayName,
        ["hint"] = password.Secret[..3],
        ["startDateTime"] = Text(password.Start),
        ["endDateTime"] = Text(password.End),
        ["customKeyIdentifier"] = null,
        ["secretText"] = null,
    };

    private static string Text(DateTimeOffset instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
