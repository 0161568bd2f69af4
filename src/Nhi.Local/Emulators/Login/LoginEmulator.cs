using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Nhi.Local.Clock;
using Nhi.Local.Emulators.Graph;
using Nhi.Local.Parts;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Login;

/// <summary><c>login.microsoftonline.com</c>: tokens for applications whose client secret is one of theirs and in force, and the errors of Entra for all others.</summary>
internal sealed class LoginEmulator(TokenDesk tokens, Tenant directory, WorldClock clock) : IWireHost
{
    private const string Origin = "https://login.microsoftonline.com";

    public string Service => "login";

    public Answer Error(int status, string code, string message) => Refuse(status, code, 0, message);

    public async ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation) => (call.Method, call.Segments) switch
    {
        ("GET", ["common", "discovery", "instance"]) => Discovery(),
        ("GET", [var tenant, "v2.0", ".well-known", "openid-configuration"]) => OpenId(tenant),
        ("POST", [_, "oauth2", "v2.0", "token"]) => Token(Form(await call.BytesAsync(cancellation))),
        _ => Error(404, "not_found", "This path is not served by the local login."),
    };

    private static Dictionary<string, string> Form(byte[]? body)
    {
        var form = new FormReader(Encoding.UTF8.GetString(body ?? [])).ReadForm();
        return form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
    }

    private Answer Token(Dictionary<string, string> form)
    {
        if (form.GetValueOrDefault("grant_type") != "client_credentials")
            return Refuse(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
        if (!form.TryGetValue("client_id", out var clientId) || directory.Find(clientId) is not { } application)
            return Refuse(400, "unauthorized_client", 700016, $"Application with identifier '{Shown(clientId)}' was not found in the directory 'nhi-local'.");
        if (!form.TryGetValue("client_secret", out var secret))
            return Refuse(401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
        var refusal = directory.Judge(application, secret) switch
        {
            SecretVerdict.Expired => Refuse(401, "invalid_client", 7000222, $"The provided client secret keys for app '{application.AppId}' are expired."),
            SecretVerdict.Unknown => Refuse(401, "invalid_client", 7000215, $"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{application.AppId}'."),
            _ => null,
        };
        if (refusal is not null) return refusal;
        var identity = new WorldIdentity(application.DisplayName, application.AppId, application.ObjectId);
        var (token, _) = tokens.Issue(identity, TokenDesk.AudienceOf(form.GetValueOrDefault("scope") ?? ""));
        return Answer.Json(200, new JsonObject { ["token_type"] = "Bearer", ["expires_in"] = 86_399, ["ext_expires_in"] = 86_399, ["access_token"] = token });
    }

    private Answer Refuse(int status, string error, int code, string message) => Answer.Json(status, new JsonObject
    {
        ["error"] = error,
        ["error_description"] = code == 0 ? message : string.Create(CultureInfo.InvariantCulture, $"AADSTS{code}: {message} Trace ID: {WorldNames.NewId()}"),
        ["error_codes"] = new JsonArray(code),
        ["timestamp"] = clock.Real.GetUtcNow().ToString("u", CultureInfo.InvariantCulture),
        ["trace_id"] = WorldNames.NewId(),
        ["correlation_id"] = WorldNames.NewId(),
    });

    private static Answer Discovery() => Answer.Json(200, new JsonObject
    {
        ["tenant_discovery_endpoint"] = $"{Origin}/{LocalTokenCredential.Tenant}/v2.0/.well-known/openid-configuration",
        ["api-version"] = "1.1",
        ["metadata"] = new JsonArray(new JsonObject
        {
            ["preferred_network"] = "login.microsoftonline.com",
            ["preferred_cache"] = "login.windows.net",
            ["aliases"] = new JsonArray("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
        }),
    });

    private static Answer OpenId(string tenant) => Answer.Json(200, new JsonObject
    {
        ["token_endpoint"] = $"{Origin}/{tenant}/oauth2/v2.0/token",
        ["authorization_endpoint"] = $"{Origin}/{tenant}/oauth2/v2.0/authorize",
        ["issuer"] = $"{Origin}/{tenant}/v2.0",
        ["jwks_uri"] = $"{Origin}/{tenant}/discovery/v2.0/keys",
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_post"),
        ["response_types_supported"] = new JsonArray("code"),
        ["subject_types_supported"] = new JsonArray("pairwise"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
    });

    /// <summary>An id that isn't a GUID may be a secret in the wrong field.</summary>
    private static string Shown(string? clientId) => Guid.TryParse(clientId, out var id) ? id.ToString() : "(not a GUID)";
}
