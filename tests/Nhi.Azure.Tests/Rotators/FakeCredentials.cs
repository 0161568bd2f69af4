using Azure.Core;
using Azure.Identity;
using Nhi.Azure.Rest;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>Tokens that name their scope, so that a provider can check who was meant.</summary>
internal sealed class FakeCredentials : ICredentialSource
{
    private readonly Dictionary<string, TokenCredential> _known = [];

    /// <summary>By scope, where the token is not simply its scope's name.</summary>
    public Dictionary<string, string> Tokens { get; } = [];

    public bool Fails { get; set; }

    /// <summary>No rotator may be asked: what is looked at is looked at by the watcher.</summary>
    public bool NoRotators { get; set; }

    public TokenCredential Rotator(string environment)
    {
        if (NoRotators)
            throw new InvalidOperationException("A rotator's identity was asked for.");
        if (environment == "nobody")
            throw new InvalidOperationException("Set Nhi__Identities__Rotators__nobody.");
        return _known.TryGetValue(environment, out var known) ? known : _known[environment] = new Fixed(this);
    }

    public TokenCredential Watcher => _known.TryGetValue(" watcher", out var known) ? known : _known[" watcher"] = new Fixed(this);

    private sealed class Fixed(FakeCredentials source) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => source.Fails
            ? throw new AuthenticationFailedException("the token endpoint said no")
            : new AccessToken(source.Tokens.GetValueOrDefault(requestContext.Scopes[0], $"token of {requestContext.Scopes[0]}"), DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
