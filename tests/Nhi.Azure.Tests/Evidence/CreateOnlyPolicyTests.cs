using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Nhi.Azure.Evidence;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;

namespace Nhi.Azure.Tests.Evidence;

public sealed class CreateOnlyPolicyTests
{
    private const string Account = "https://nhievidence.blob.core.windows.net/";
    private static readonly string[] Put = ["x-ms-blob-type=BlockBlob", "If-None-Match=*"];

    private static async Task<bool> IsSentAsync(string method, string pathAndQuery, params string[] headers)
    {
        var wire = new FakeWire(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var options = new Options { Transport = wire.Transport };
        options.AddPolicy(new CreateOnlyPolicy("evidence-2026"), HttpPipelinePosition.BeforeTransport);
        var pipeline = HttpPipelineBuilder.Build(options);
        using var request = pipeline.CreateRequest();
        request.Method = new RequestMethod(method);
        request.Uri.Reset(new Uri(Account + pathAndQuery));
        request.Headers.Add("Authorization", "Bearer x");
        foreach (var header in headers)
            request.Headers.Add(header[..header.IndexOf('=', StringComparison.Ordinal)], header[(header.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        if (method is "PUT" or "POST" or "PATCH")
            request.Content = RequestContent.Create(new byte[] { 1 });
        try
        {
            await pipeline.SendRequestAsync(request, default);
        }
        catch (CreateOnlyException)
        {
            Assert.Empty(wire.Requests);
            return false;
        }

        Assert.Single(wire.Requests);
        return true;
    }

    private sealed class Options : ClientOptions;

    [Theory]
    [InlineData("GET", "evidence-2026/records/a.json")]
    [InlineData("HEAD", "evidence-2026/records/a.json")]
    [InlineData("GET", "evidence-2026?restype=container&comp=list&prefix=records%2F&delimiter=%2F&marker=x")]
    [InlineData("HEAD", "evidence-2026?restype=container")]
    [InlineData("GET", "evidence-2026?restype=container")]
    public async Task Reads_go_through(string method, string path) => Assert.True(await IsSentAsync(method, path));

    [Fact]
    public async Task A_first_put_goes_through() => Assert.True(await IsSentAsync("PUT", "evidence-2026/records/a.json", Put));

    [Theory]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob")]
    [InlineData("PUT", "evidence-2026/a.json", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=\"etag\"")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob", "If-Match=*")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=AppendBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=PageBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*", "x-ms-copy-source=https://x/y")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*", "x-ms-lease-id=1")]
    [InlineData("PUT", "evidence-2026/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*", "X-HTTP-Method-Override=DELETE")]
    [InlineData("PUT", "evidence-2026/", "x-ms-blob-type=BlockBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026", "x-ms-blob-type=BlockBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2027/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026-tiles/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*")]
    [InlineData("PUT", "evidence-2026/%2e%2e/b/a.json", "x-ms-blob-type=BlockBlob", "If-None-Match=*")]
    public async Task A_put_that_is_no_first_put_of_a_block_blob_in_that_container_is_not_sent(string method, string path, params string[] headers) =>
        Assert.False(await IsSentAsync(method, path, headers));

    public static TheoryData<string> Comps => ["acl", "append", "appendblock", "block", "blocklist", "copy", "expiry", "immutabilityPolicies", "incrementalcopy", "lease", "legalhold", "metadata", "page", "pagelist", "properties", "query", "rename", "seal", "snapshot", "tags", "tier", "undelete", "batch", "list", "blobs", ""];

    [Theory]
    [MemberData(nameof(Comps))]
    public async Task No_sub_resource_of_a_blob_is_reached_with_any_verb(string comp)
    {
        foreach (var method in new[] { "PUT", "GET", "HEAD", "POST", "DELETE", "PATCH" })
            foreach (var name in new[] { "comp", "COMP" })
                Assert.False(await IsSentAsync(method, $"evidence-2026/a.json?{name}={comp}", Put), $"{method} {name}={comp}");
    }

    [Theory]
    [MemberData(nameof(Comps))]
    public async Task No_sub_resource_of_the_container_but_its_list_is_reached(string comp)
    {
        foreach (var method in new[] { "PUT", "GET", "HEAD", "POST", "DELETE", "PATCH" })
            Assert.Equal(comp == "list" && method is "GET" or "HEAD", await IsSentAsync(method, $"evidence-2026?restype=container&comp={comp}", Put.Take(method == "PUT" ? 2 : 0).ToArray()));
    }

    [Theory]
    [InlineData("DELETE", "evidence-2026/a.json")]
    [InlineData("DELETE", "evidence-2026?restype=container")]
    [InlineData("PUT", "evidence-2026?restype=container")]
    [InlineData("POST", "evidence-2026/a.json")]
    [InlineData("PATCH", "evidence-2026/a.json")]
    [InlineData("MERGE", "evidence-2026/a.json")]
    [InlineData("OPTIONS", "evidence-2026/a.json")]
    [InlineData("POST", "?comp=batch")]
    [InlineData("GET", "?comp=list")]
    [InlineData("GET", "evidence-2026?restype=container&comp=list&comp=acl")]
    [InlineData("PUT", "evidence-2026/a.json?timeout=30")]
    [InlineData("PUT", "evidence-2026/a.json?blockid=x")]
    public async Task Everything_else_is_not_sent(string method, string path) => Assert.False(await IsSentAsync(method, path, method == "PUT" ? Put : []));

    [Fact]
    public async Task The_sdks_own_ways_to_change_a_blob_are_all_stopped()
    {
        var wire = new FakeWire(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var container = new EvidenceClients(new Uri(Account), new FakeToken("w"), "https://storage.azure.com", new ClientEquipment(new CallCounter(), wire.Transport)).Container("evidence-2026", resend: false);
        var blob = container.GetBlobClient("records/a.json");
        var block = container.GetBlockBlobClient("records/a.json");
        Func<Task>[] changes =
        [
            () => blob.UploadAsync(BinaryData.FromString("x"), overwrite: true),
            () => blob.DeleteAsync(),
            () => blob.UndeleteAsync(),
            () => blob.SetMetadataAsync(new Dictionary<string, string>()),
            () => blob.SetHttpHeadersAsync(new BlobHttpHeaders()),
            () => blob.SetTagsAsync(new Dictionary<string, string>()),
            () => blob.SetAccessTierAsync(AccessTier.Archive),
            () => blob.CreateSnapshotAsync(),
            () => blob.StartCopyFromUriAsync(new Uri(Account + "evidence-2026/records/b.json")),
            () => blob.SyncCopyFromUriAsync(new Uri(Account + "evidence-2026/records/b.json")),
            () => block.SyncUploadFromUriAsync(new Uri(Account + "evidence-2026/records/b.json")),
            () => block.StageBlockAsync("AAAA", new MemoryStream([1])),
            () => block.CommitBlockListAsync(["AAAA"]),
            () => container.GetAppendBlobClient("records/a.json").CreateIfNotExistsAsync(),
            () => container.GetAppendBlobClient("records/a.json").AppendBlockAsync(new MemoryStream([1])),
            () => container.GetPageBlobClient("records/a.json").CreateIfNotExistsAsync(512),
            () => blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(15)),
            () => blob.SetLegalHoldAsync(false),
            () => blob.DeleteImmutabilityPolicyAsync(),
            () => container.DeleteAsync(),
            () => container.CreateAsync(),
            () => container.SetAccessPolicyAsync(),
        ];

        foreach (var change in changes)
            await Assert.ThrowsAsync<CreateOnlyException>(change);

        Assert.Empty(wire.Requests);
    }
}
