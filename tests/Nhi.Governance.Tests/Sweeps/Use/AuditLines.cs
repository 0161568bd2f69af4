using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Nhi.Governance.Tests.Sweeps.Use;

/// <summary>Lines as Key Vault writes them into the archive.</summary>
internal static class AuditLines
{
    public const string Host = "kv1.vault.azure.net";
    public const string Subscription = "6e68692d-6c6f-4361-8c73-756273637269";
    public const string Reader = "2d0f5a3e-6c1b-4b7e-9a57-0d3b6f1c7a11";
    public const string ReaderApp = "7c9a1c38-1d83-4f3a-8e55-6a0d0f2a9b22";
    public const string Own = "aaaaaaaa-0000-4000-8000-000000000001";
    public static readonly string V1 = new('1', 32);
    public static readonly string V2 = new('2', 32);

    public static JsonObject Line(
        DateTimeOffset at, string operation = "SecretGet", string? name = "app", string? version = "11111111111111111111111111111111", int status = 200, string? oid = Reader, string? app = ReaderApp,
        string? upn = null, string ip = "20.1.2.3", string vault = "KV1", string? description = null, string? correlation = null, string type = "secrets") => new()
    {
        ["time"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        ["category"] = "AuditEvent",
        ["operationName"] = operation,
        ["resultType"] = status < 300 ? "Success" : "Failure",
        ["resultSignature"] = status < 300 ? "OK" : "Forbidden",
        ["resultDescription"] = description ?? "",
        ["durationMs"] = "19",
        ["callerIpAddress"] = ip,
        ["identity"] = oid is null && app is null ? null : new JsonObject
        {
            ["claim"] = Claims(oid, app, upn),
        },
        ["properties"] = new JsonObject
        {
            ["id"] = name is null ? $"https://{vault.ToLowerInvariant()}.vault.azure.net/" : $"https://{vault.ToLowerInvariant()}.vault.azure.net/{type}/{name}{(version is null ? "" : "/" + version)}",
            ["clientInfo"] = "azsdk-net-Security.KeyVault.Secrets/4.12.0",
            ["requestUri"] = $"https://{vault.ToLowerInvariant()}.vault.azure.net/{type}/{name}?api-version=7.4",
            ["httpStatusCode"] = status,
            ["isAccessPolicyMatch"] = true,
        },
        ["correlationId"] = correlation ?? "0f8fad5b-d9cb-469f-a165-70867728950e",
        ["operationVersion"] = "7.4",
        ["resourceId"] = $"/SUBSCRIPTIONS/{Subscription.ToUpperInvariant()}/RESOURCEGROUPS/RG-APPS/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/{vault.ToUpperInvariant()}",
    };

    public static byte[] Bytes(JsonNode line) => Encoding.UTF8.GetBytes(line.ToJsonString());

    private static JsonObject Claims(string? oid, string? app, string? upn)
    {
        var claims = new JsonObject { ["xms_az_nwperimid"] = new JsonArray() };
        if (oid is not null) claims["oid"] = oid;
        if (app is not null) claims["appid"] = app;
        if (upn is not null) claims["upn"] = upn;
        return claims;
    }
}
