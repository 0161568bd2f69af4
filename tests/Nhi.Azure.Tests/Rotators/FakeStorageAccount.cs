using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>One storage account: ARM's keys, and a blob endpoint that checks Shared Key signatures from the headers that came.</summary>
internal sealed class FakeStorageAccount
{
    public const string Name = "payroll1";
    public const string ArmId = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-Payroll/providers/Microsoft.Storage/storageAccounts/payroll1";
    private readonly Dictionary<string, (string Value, DateTimeOffset Created)> _keys = [];
    private int _made;

    public FakeStorageAccount(FakeAzure azure)
    {
        Regenerate("key1");
        Regenerate("key2");
        azure.Serve("management.azure.com", Arm);
        azure.Serve($"{Name}.blob.core.windows.net", Blob);
    }

    /// <summary>The error that the blob endpoint gives to everybody, or null.</summary>
    public string? BlobSays { get; set; }

    /// <summary>What ARM says of an account that it does not show; null: nothing, as a proxy would.</summary>
    public string? Absent { get; set; } = "ResourceNotFound";

    /// <summary>What the endpoint's clock shows beyond the real one.</summary>
    public TimeSpan Ahead { get; set; }

    public string Key(string name) => _keys[name].Value;

    private void Regenerate(string name) =>
        _keys[name] = (Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes($"key {++_made}"))), new DateTimeOffset(2026, 3, 2, 8, 0, _made, TimeSpan.Zero));

    private HttpResponseMessage Arm(HttpRequestMessage request, string body)
    {
        if (request.Headers.Authorization?.ToString() != "Bearer token of https://management.azure.com/.default")
            return FakeAzure.Error(HttpStatusCode.Unauthorized, "AuthenticationFailed", "Authentication failed.");
        var path = request.RequestUri!.AbsolutePath;
        if (request.Method == HttpMethod.Get && request.RequestUri.Query == "?api-version=2023-05-01" && string.Equals(path, ArmId, StringComparison.OrdinalIgnoreCase))
            return FakeAzure.Json(HttpStatusCode.OK, new JsonObject { ["id"] = ArmId, ["properties"] = new JsonObject { ["keyCreationTime"] = new JsonObject([.. _keys.Select(key => KeyValuePair.Create(key.Key, (JsonNode?)key.Value.Created.ToString("O")))]) } }.ToJsonString());
        if (request.Method != HttpMethod.Post || request.RequestUri.Query != "?api-version=2023-05-01" || !path.StartsWith(ArmId, StringComparison.OrdinalIgnoreCase))
            return Absent is { } code ? FakeAzure.Error(HttpStatusCode.NotFound, code, "It was not found.") : new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html>not found</html>") };
        if (path.EndsWith("/regenerateKey", StringComparison.Ordinal))
            Regenerate((string)JsonNode.Parse(body)!["keyName"]!);
        var keys = _keys.Select(key => (JsonNode)new JsonObject { ["keyName"] = key.Key, ["value"] = key.Value.Value, ["permissions"] = "FULL", ["creationTime"] = key.Value.Created.ToString("O") });
        return FakeAzure.Json(HttpStatusCode.OK, new JsonObject { ["keys"] = new JsonArray([.. keys]) }.ToJsonString());
    }

    private HttpResponseMessage Blob(HttpRequestMessage request, string body)
    {
        var now = DateTimeOffset.UtcNow + Ahead;
        var date = DateTimeOffset.Parse(request.Headers.GetValues("x-ms-date").Single(), System.Globalization.CultureInfo.InvariantCulture);
        var code = BlobSays ?? ((date - now).Duration() > TimeSpan.FromMinutes(15) || !_keys.Values.Any(key => Signed(request, key.Value)) ? "AuthenticationFailed" : null);
        var answer = new HttpResponseMessage(code is null ? HttpStatusCode.OK : HttpStatusCode.Forbidden) { Content = new StringContent("<?xml version=\"1.0\"?><x/>") };
        answer.Headers.Date = now;
        if (code is not null)
            answer.Headers.Add("x-ms-error-code", code);
        return answer;
    }

    /// <summary>Canonical headers and resource of what came, as the service makes them.</summary>
    private static bool Signed(HttpRequestMessage request, string key)
    {
        var headers = string.Concat(request.Headers.Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase))
            .OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key.ToLowerInvariant()}:{string.Join(',', header.Value)}\n"));
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var resource = $"/{Name}{request.RequestUri.AbsolutePath}" + string.Concat(query.AllKeys.OrderBy(name => name, StringComparer.Ordinal).Select(name => $"\n{name}:{query[name]}"));
        var text = $"{request.Method}{new string('\n', 12)}{headers}{resource}";
        using var hmac = new HMACSHA256(Convert.FromBase64String(key));
        return request.Headers.Authorization?.ToString() == $"SharedKey {Name}:{Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)))}";
    }
}
