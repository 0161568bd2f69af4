using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Policies.Sources;

namespace Nhi.Azure.Policies;

/// <summary>The text of a policy in a blob of the state account, asked for by ETag.</summary>
public sealed class BlobPolicyText
{
    /// <summary>One byte more than a policy may have: enough to be refused, whatever lies there.</summary>
    private const int MostBytes = (256 * 1024) + 1;
    private readonly BlobClient _blob;

    public BlobPolicyText(Uri blob, TokenCredential credential, AzureCloud cloud, ClientEquipment equipment) =>
        _blob = new BlobClient(blob, credential, equipment.Equip(new BlobClientOptions { Audience = new BlobAudience(cloud.StorageAudience) }, "blob", resend: true));

    /// <summary>Null when it is unchanged. Throws <see cref="Governance.Credentials.ExternalCallException"/>: an absent one is an error too, since a policy that is gone must not become another.</summary>
    public async Task<PolicyText?> ReadAsync(string? knownETag, CancellationToken ct)
    {
        var options = new BlobDownloadOptions { Conditions = knownETag is null ? null : new BlobRequestConditions { IfNoneMatch = new ETag(knownETag) } };
        try
        {
            var answer = await _blob.DownloadStreamingAsync(options, ct);
            if (answer.GetRawResponse().Status == 304)
                return null;
            using var download = answer.Value;
            var bytes = new byte[MostBytes];
            var length = await download.Content.ReadAtLeastAsync(bytes, MostBytes, throwOnEndOfStream: false, ct);
            return new PolicyText(bytes.AsMemory(0, length), download.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (e.Status == 304)
        {
            return null;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"read the policy {_blob.Uri}", Changes: false).Classify(e);
        }
    }
}
