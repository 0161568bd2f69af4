using Azure.Core;
using Nhi.Local.Emulators.Login;

namespace Nhi.Local.Emulators;

/// <summary>Tokens of one identity for clients of this process.</summary>
internal sealed class DeskCredential(IdentityEndpoint endpoint, WorldIdentity identity) : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var (token, expires) = endpoint.Issue(identity, TokenDesk.AudienceOf(requestContext.Scopes[0]))
            ?? throw new InvalidOperationException($"'{identity.Name}' has no role in the local database.");
        return new AccessToken(token, expires);
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
