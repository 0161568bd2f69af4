using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.Login;

/// <summary>
/// The managed identity endpoint of App Service (<c>IDENTITY_ENDPOINT</c>, <c>IDENTITY_HEADER</c>): tokens for the product's user-assigned identities.
/// A stock PostgreSQL checks no tokens: for its audience the "token" is the password of that identity's role.
/// </summary>
internal sealed class IdentityEndpoint(TokenDesk tokens, TimeProvider real) : IWireHost
{
    /// <summary>Audience of Azure Database for PostgreSQL.</summary>
    public const string Databases = "https://ossrdbms-aad.database.windows.net";

    private readonly ConcurrentDictionary<string, WorldIdentity> identities = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> databasePasswords = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What callers must send as <c>X-IDENTITY-HEADER</c>.</summary>
    public string Header { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public string Service => "identity";

    public void Add(WorldIdentity identity) => identities[identity.ClientId] = identity;

    /// <summary>From now on this identity's token for databases is this password.</summary>
    public void SetDatabasePassword(WorldIdentity identity, string password) => databasePasswords[identity.ClientId] = password;

    /// <summary>A token of that identity; null where it is for databases and the identity has no role there.</summary>
    public (string Token, DateTimeOffset Expires)? Issue(WorldIdentity identity, string audience)
    {
        if (audience != Databases) return tokens.Issue(identity, audience);
        return databasePasswords.TryGetValue(identity.ClientId, out var password) ? (password, real.GetUtcNow() + TokenDesk.Lifetime) : null;
    }

    public Answer Error(int status, string code, string message) =>
        Answer.Json(status, new JsonObject { ["statusCode"] = status, ["message"] = message, ["code"] = code });

    public ValueTask<Answer> AnswerAsync(Call call, CancellationToken cancellation) => new(Reply(call));

    private Answer Reply(Call call)
    {
        if (call.Segments is not ["msi", "token"]) return Error(404, "not_found", "The identity endpoint is /msi/token.");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(call.Header("X-IDENTITY-HEADER") ?? ""), Encoding.UTF8.GetBytes(Header)))
            return Error(401, "unauthorized", "X-IDENTITY-HEADER is missing or another one.");
        if (call.Query("client_id") is not { } clientId || !identities.TryGetValue(clientId, out var identity))
            return Error(400, "invalid_request", "No user assigned identity of this app has that client_id.");
        var audience = TokenDesk.AudienceOf(call.Query("resource") ?? "");
        if (audience.Length == 0) return Error(400, "invalid_request", "resource is missing.");

        if (Issue(identity, audience) is not var (token, expires)) return Error(400, "invalid_request", "This identity has no role in the local database.");
        return Answer.Json(200, new JsonObject
        {
            ["access_token"] = token,
            ["expires_on"] = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = call.Query("resource"),
            ["token_type"] = "Bearer",
            ["client_id"] = clientId,
        });
    }
}
