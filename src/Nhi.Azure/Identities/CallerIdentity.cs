using System.Buffers.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Identities;

/// <summary>
/// Who runs this process, by the claims of the token that it writes evidence with: a signed-in person, or a service principal. Entra ID issued it and the store checks it; here it is only read,
/// so a name beside it (<c>--by</c>) is what somebody says, and this is who said it.
/// </summary>
public sealed class CallerIdentity(AzureIdentities identities, AzureCloud cloud)
{
    private const int MostCharacters = 64 * 1024;

    /// <summary><c>user</c> or <c>service</c> with object id, sign-in name (or application id) and tenant; null where the token does not say.</summary>
    /// <exception cref="ExternalCallException">Nobody is signed in, or nobody answers: evidence could not be written either.</exception>
    public async Task<PrincipalFacts?> ReadAsync(CancellationToken ct)
    {
        try
        {
            return Of((await identities.Writer.GetTokenAsync(new TokenRequestContext([cloud.StorageScope]), ct)).Token);
        }
        catch (AuthenticationFailedException e)
        {
            throw new ExternalCallException("Who asks is not known: no token was to be had. Sign in (az login).", mayHaveHappened: false, transient: true, code: "NoToken", inner: e);
        }
    }

    /// <summary>The same of a token.</summary>
    internal static PrincipalFacts? Of(string token)
    {
        if (token.Length > MostCharacters || token.Split('.') is not [_, var body, _])
            return null;
        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body));
            if (claims.RootElement.ValueKind != JsonValueKind.Object || Claim("oid") is not { } id)
                return null;
            // An application's own token has no delegated scopes.
            var (person, application) = (Claim("upn") ?? Claim("preferred_username") ?? Claim("unique_name"), Claim("appid") ?? Claim("azp"));
            return Claim("idtyp") == "app" || (person is null && Claim("scp") is null)
                ? new PrincipalFacts("service", id, application, Claim("tid"))
                : new PrincipalFacts("user", id, person, Claim("tid"));

            string? Claim(string name) =>
                claims.RootElement.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.String && claim.GetString() is { Length: > 0 and <= RecordLimits.Identity } text && !text.Any(char.IsControl) ? text : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
