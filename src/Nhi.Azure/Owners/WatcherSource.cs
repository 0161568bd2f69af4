using Azure.Core;
using Nhi.Azure.Identities;
using Nhi.Azure.Rest;

namespace Nhi.Azure.Owners;

/// <summary>The watcher for every environment: what is asked here needs reading rights and no rotator's.</summary>
internal sealed class WatcherSource(AzureIdentities identities) : ICredentialSource
{
    public TokenCredential Watcher => identities.Watcher;

    public TokenCredential Rotator(string environment) => Watcher;
}
