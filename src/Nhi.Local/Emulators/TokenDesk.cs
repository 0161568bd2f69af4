using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nhi.Local.Parts;

namespace Nhi.Local.Emulators;

/// <summary>Issues and checks the world's tokens. Real time: tokens are never governed.</summary>
internal sealed class TokenDesk(TimeProvider real)
{
    /// <summary>Audience of Key Vault.</summary>
    public const string Vault = "https://vault.azure.net";

    /// <summary>Audience of Azure Resource Manager.</summary>
    public const string Management = "https://management.azure.com";

    /// <summary>Audience of Microsoft Graph.</summary>
    public const string Graph = "https://graph.microsoft.com";

    /// <summary>Audience of Event Grid topics.</summary>
    public const string EventGrid = "https://eventgrid.azure.net";

    /// <summary>Audience of Azure Monitor's queries.</summary>
    public const string LogAnalytics = "https://api.loganalytics.io";

    /// <summary>How long a token is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, WorldIdentity> known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every token that was issued, as it was.</summary>
    public ConcurrentQueue<string> Issued { get; } = new();

    /// <summary>A signed JWT. The audience comes without <c>/.default</c> and trailing slash.</summary>
    public (string Token, DateTimeOffset Expires) Issue(WorldIdentity identity, string audience)
    {
        known[identity.ObjectId] = identity;
        var now = real.GetUtcNow();
        var body = new JsonObject
        {
            ["aud"] = audience,
            ["iss"] = $"https://sts.windows.net/{LocalTokenCredential.Tenant}/",
            ["iat"] = now.ToUnixTimeSeconds() - 60,
            ["nbf"] = now.ToUnixTimeSeconds() - 60,
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["oid"] = identity.ObjectId,
            ["sub"] = identity.ObjectId,
            ["appid"] = identity.ClientId,
            ["tid"] = LocalTokenCredential.Tenant,
            ["ver"] = "1.0",
        };
        var head = Base64Url.EncodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8);
        var signed = $"{head}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(body.ToJsonString()))}";
        var token = $"{signed}.{Base64Url.EncodeToString(Sign(signed))}";
        Issued.Enqueue(token);
        return (token, now + Lifetime);
    }

    /// <summary>Whose token it is; null when it is not ours, for somebody else, or over.</summary>
    public WorldIdentity? Check(string? token, string audience)
    {
        if (token is null || token.Length > 8192 || token.Split('.') is not [var head, var body, var signature]) return null;
        try
        {
            if (!CryptographicOperations.FixedTimeEquals(Sign($"{head}.{body}"), Base64Url.DecodeFromChars(signature))) return null;
            var claims = JsonNode.Parse(Base64Url.DecodeFromChars(body))!;
            var inTime = real.GetUtcNow().ToUnixTimeSeconds() < (long)claims["exp"]!;
            return inTime && (string?)claims["aud"] == audience ? known.GetValueOrDefault((string)claims["oid"]!) : null;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A scope or resource as an audience.</summary>
    public static string AudienceOf(string scope)
    {
        var audience = scope.EndsWith("/.default", StringComparison.Ordinal) ? scope[..^"/.default".Length] : scope;
        return audience.TrimEnd('/');
    }

    private byte[] Sign(string text) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text));
}
