using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>One application in Graph, and the login endpoint that knows its secrets.</summary>
internal sealed class FakeEntra
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string ApplicationId = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    private readonly Dictionary<string, (JsonObject Shown, string Secret)> _passwords = [];
    private int _made;

    public FakeEntra(FakeAzure azure)
    {
        azure.Serve("graph.microsoft.com", Graph);
        azure.Serve("login.microsoftonline.com", Login);
    }

    /// <summary>The code and status of a refusal of every change, or null.</summary>
    public (HttpStatusCode Status, string Code)? Refuses { get; set; }

    public bool ApplicationExists { get; set; } = true;

    /// <summary>The certificates of the application, and what its service principal has of its own (null: there is none), as JSON.</summary>
    public string Certificates { get; set; } = "[]";
    public string? ServicePrincipal { get; set; }

    /// <summary>What the login endpoint says instead of looking, or null.</summary>
    public int? LoginSays { get; set; }

    public JsonObject Shown(string keyId) => _passwords[keyId].Shown;

    private HttpResponseMessage Graph(HttpRequestMessage request, string body)
    {
        if (request.Headers.Authorization?.ToString() != "Bearer token of https://graph.microsoft.com/.default")
            return FakeAzure.Error(HttpStatusCode.Unauthorized, "InvalidAuthenticationToken", "Access token is empty.");
        var application = $"/v1.0/applications(appId='{ApplicationId}')";
        if (ServicePrincipal is { } principal && request.RequestUri!.AbsolutePath == $"/v1.0/servicePrincipals(appId='{ApplicationId}')")
            return FakeAzure.Json(HttpStatusCode.OK, principal);
        if (!ApplicationExists || !request.RequestUri!.AbsolutePath.StartsWith(application, StringComparison.Ordinal))
            return FakeAzure.Error(HttpStatusCode.NotFound, "Request_ResourceNotFound", "Resource does not exist.");
        if (request.Method == HttpMethod.Get)
            return FakeAzure.Json(HttpStatusCode.OK, new JsonObject { ["passwordCredentials"] = new JsonArray([.. _passwords.Values.Select(password => password.Shown.DeepClone())]), ["keyCredentials"] = JsonNode.Parse(Certificates) }.ToJsonString());
        if (Refuses is { } refusal)
            return FakeAzure.Error(refusal.Status, refusal.Code, "Refused.");
        var asked = JsonNode.Parse(body)!;
        return request.RequestUri.AbsolutePath[application.Length..] switch
        {
            "/addPassword" => Add(asked["passwordCredential"]!.AsObject()),
            "/removePassword" => _passwords.Remove((string)asked["keyId"]!)
                ? new HttpResponseMessage(HttpStatusCode.NoContent)
                : FakeAzure.Error(HttpStatusCode.BadRequest, "Request_BadRequest", "No password credential found with keyId."),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        };
    }

    private HttpResponseMessage Add(JsonObject asked)
    {
        var secret = $"Fake~secret{++_made}.+/=&%_-{new string('x', 20)}";
        var shown = new JsonObject
        {
            ["keyId"] = $"00000000-0000-0000-0000-{_made:D12}",
            ["displayName"] = (string?)asked["displayName"],
            ["hint"] = secret[..3],
            ["startDateTime"] = "2026-03-02T08:00:00Z",
            ["endDateTime"] = (string?)asked["endDateTime"] ?? "2028-03-02T08:00:00Z",
        };
        _passwords.Add((string)shown["keyId"]!, (shown, secret));
        var answer = shown.DeepClone().AsObject();
        answer["secretText"] = secret;
        return FakeAzure.Json(HttpStatusCode.OK, answer.ToJsonString());
    }

    private HttpResponseMessage Login(HttpRequestMessage request, string body)
    {
        var form = HttpUtility.ParseQueryString(body);
        if (request.RequestUri!.AbsolutePath != $"/{Tenant}/oauth2/v2.0/token" || form["grant_type"] != "client_credentials" || form["scope"] != "https://graph.microsoft.com/.default")
            return Refusal(900023);
        if (LoginSays is { } code)
            return Refusal(code);
        return form["client_id"] == ApplicationId && _passwords.Values.Any(password => password.Secret == form["client_secret"])
            ? FakeAzure.Json(HttpStatusCode.OK, """{"token_type":"Bearer","expires_in":3599,"access_token":"a token that nobody keeps"}""")
            : Refusal(7000215);
    }

    private static HttpResponseMessage Refusal(int code) =>
        FakeAzure.Json(HttpStatusCode.Unauthorized, JsonSerializer.Serialize(new Dictionary<string, object> { ["error"] = "invalid_client", ["error_description"] = $"AADSTS{code}: no.", ["error_codes"] = new[] { code } }));
}
