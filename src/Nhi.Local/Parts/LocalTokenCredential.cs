using System.Buffers.Text;
using System.Text.Json;
using Azure.Core;

namespace Nhi.Local.Parts;

/// <summary>Tokens in the shape that Azurite asks for. It checks issuer, audience and times and no signature, and so nobody else takes them.</summary>
public sealed class LocalTokenCredential(TimeProvider time) : TokenCredential
{
    /// <summary>The tenant of the local world.</summary>
    public const string Tenant = "6e68692d-6c6f-4361-8c2d-74656e616e74";

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now.AddHours(1);
        return new AccessToken(Write("https://storage.azure.com", "00000000-0000-0000-0000-00000000aaaa", now, until), until);
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));

    internal static string Write(string audience, string objectId, DateTimeOffset now, DateTimeOffset until, string? appId = null)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["alg"] = "none", ["typ"] = "JWT" });
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["aud"] = audience,
            ["iss"] = $"https://sts.windows.net/{Tenant}/",
            ["iat"] = now.ToUnixTimeSeconds() - 300,
            ["nbf"] = now.ToUnixTimeSeconds() - 300,
            ["exp"] = until.ToUnixTimeSeconds(),
            ["oid"] = objectId,
            ["appid"] = appId ?? objectId,
            ["tid"] = Tenant,
            ["ver"] = "1.0",
        });
        return $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(body)}.c2lnbmF0dXJl";
    }
}
