using Azure.Core;

namespace Nhi.Local.Emulators;

/// <summary>Tokens of one identity for clients of this process.</summary>
internal sealed class DeskCredential(TokenDesk tokens, WorldIdentity identity) : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var (token, expires) = tokens.Issue(identity, TokenDesk.AudienceOf(requestContext.Scopes[0]));
        return new AccessToken(token, expires);
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
