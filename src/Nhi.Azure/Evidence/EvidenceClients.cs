using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Pipeline;

namespace Nhi.Azure.Evidence;

/// <summary>Clients of the evidence containers of one account, each behind its <see cref="CreateOnlyPolicy"/>.</summary>
/// <param name="account">The account's blob service.</param>
/// <param name="credential">The writer's or the sequencer's identity.</param>
/// <param name="audience">What tokens are asked for, e.g. <c>https://storage.azure.com</c>.</param>
/// <param name="equipment">What every client has.</param>
public sealed class EvidenceClients(Uri account, TokenCredential credential, string audience, ClientEquipment equipment)
{
    /// <summary>The account's host.</summary>
    public string Host => account.Host;

    /// <param name="container">Its name.</param>
    /// <param name="resend">True for reads only: a create that is sent twice would find itself there.</param>
    public BlobContainerClient Container(string container, bool resend) =>
        new(new Uri(account, container), credential, Options(container, resend));

    private BlobClientOptions Options(string container, bool resend)
    {
        var options = equipment.Equip(new BlobClientOptions { Audience = new BlobAudience(audience) }, "evidence", resend);
        options.AddPolicy(new CreateOnlyPolicy(container), HttpPipelinePosition.BeforeTransport);
        return options;
    }
}
