using System.Net;
using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Nhi.Azure.Evidence;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Tests.Tables;
using Nhi.Azure.Time;
using Nhi.Evidence.Storage;
using Nhi.Local.Parts;

namespace Nhi.Azure.Tests.Evidence;

public sealed class BlobEvidenceStoreTests(AzuriteFixture azurite)
{
    private const string Path = "records/2026/03/02/08/080000Z_payroll_rotate_1-intent_0123456789abcdefghjkmnpqrs.json";
    private static readonly byte[] Bytes = Encoding.UTF8.GetBytes("{\"a\":1}\n");

    private async Task<(BlobEvidenceStore Store, BlobContainerClient Around, CallCounter Calls)> FreshAsync(GovernanceClock? clock = null)
    {
        var calls = new CallCounter();
        var name = $"evidence-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        var account = Azurite.BlobEndpoint("nhievidence");
        // Around the gate, as deployment would: the product makes no container.
        var around = new BlobServiceClient(account, azurite.Azurite.Credential, new BlobClientOptions { Transport = azurite.Azurite.Transport }).GetBlobContainerClient(name);
        await around.CreateAsync();
        return (new BlobEvidenceStore(new EvidenceClients(account, azurite.Azurite.Credential, "https://storage.azure.com", new ClientEquipment(calls, azurite.Azurite.Transport)), name, clock ?? new GovernanceClock()), around, calls);
    }

    [Fact]
    public async Task A_blob_is_created_in_one_request_with_type_and_metadata_and_read_back()
    {
        var (store, around, calls) = await FreshAsync();

        var created = await store.TryCreateAsync(Path, Bytes, "application/json", default);
        var read = await store.ReadAsync(Path, 1000, default);

        Assert.Equal(CreateAnswer.Created, created.Answer);
        Assert.InRange(created.ServiceTime, new GovernanceClock().GetUtcNow().AddMinutes(-1), new GovernanceClock().GetUtcNow().AddSeconds(1));
        Assert.Equal(Bytes, read!.Bytes.ToArray());
        Assert.False(read.Truncated);
        Assert.InRange(read.Created, created.ServiceTime.AddSeconds(-2), created.ServiceTime.AddSeconds(2));
        Assert.Equal((1, 1), (calls.Of("evidence", "put"), calls.Of("evidence", "get")));
        var properties = (await around.GetBlobClient(Path).GetPropertiesAsync()).Value;
        Assert.Equal("application/json", properties.ContentType);
        Assert.Equal("1-intent", properties.Metadata["stage"]);
        Assert.Equal("0123456789abcdefghjkmnpqrs", properties.Metadata["op"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Bytes)), properties.Metadata["sha256"]);
        Assert.Equal($"nhievidence.blob.core.windows.net/{around.Name}", store.Origin);
    }

    [Fact]
    public async Task A_large_blob_is_still_one_request()
    {
        var (store, _, calls) = await FreshAsync();
        var batch = RandomNumberGenerator.GetBytes(6 * 1024 * 1024);

        Assert.Equal(CreateAnswer.Created, (await store.TryCreateAsync("log/000000/000000000.batch.txt", batch, "text/plain; charset=utf-8", default)).Answer);

        Assert.Equal(1, calls.Of("evidence"));
        Assert.Equal(batch, (await store.ReadAsync("log/000000/000000000.batch.txt", int.MaxValue, default))!.Bytes.ToArray());
    }

    [Fact]
    public async Task Of_sixteen_that_create_one_name_one_wins_and_nothing_is_overwritten()
    {
        var (store, _, _) = await FreshAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i => (i, (await store.TryCreateAsync(Path, new[] { (byte)i }, "application/json", default)).Answer)));

        var (winner, _) = Assert.Single(answers, answer => answer.Answer == CreateAnswer.Created);
        Assert.Equal([(byte)winner], (await store.ReadAsync(Path, 10, default))!.Bytes.ToArray());
    }

    [Fact]
    public async Task A_longer_blob_comes_back_cut_and_says_so_and_an_absent_one_is_null()
    {
        var (store, _, _) = await FreshAsync();
        await store.TryCreateAsync(Path, Bytes, "application/json", default);
        await store.TryCreateAsync("empty", ReadOnlyMemory<byte>.Empty, "text/plain", default);

        var cut = await store.ReadAsync(Path, 3, default);
        var whole = await store.ReadAsync(Path, Bytes.Length, default);
        var empty = await store.ReadAsync("empty", 3, default);

        Assert.Equal((3, true), (cut!.Bytes.Length, cut.Truncated));
        Assert.Equal((Bytes.Length, false), (whole!.Bytes.Length, whole.Truncated));
        Assert.Equal((0, false), (empty!.Bytes.Length, empty.Truncated));
        Assert.Null(await store.ReadAsync("records/none.json", 10, default));
    }

    [Fact]
    public async Task Names_below_a_prefix_come_in_ordinal_order_with_size_and_creation()
    {
        var (store, _, _) = await FreshAsync();
        foreach (var name in new[] { "records/b.json", "records/B.json", "records/a~1.json", "records/a.json", "log/x" })
            await store.TryCreateAsync(name, Bytes, "application/json", default);

        List<ListedBlob> listed = [];
        await foreach (var blob in store.ListAsync("records/", default))
            listed.Add(blob);

        Assert.Equal(["records/B.json", "records/a.json", "records/a~1.json", "records/b.json"], listed.Select(blob => blob.Path));
        Assert.All(listed, blob => Assert.Equal(Bytes.Length, blob.Size));
        Assert.All(listed, blob => Assert.InRange(blob.Created, new GovernanceClock().GetUtcNow().AddMinutes(-5), new GovernanceClock().GetUtcNow().AddSeconds(1)));
    }

    [Fact]
    public async Task All_instants_are_governance_time()
    {
        var file = System.IO.Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, GovernanceClock.Line(DateTimeOffset.UnixEpoch, TimeSpan.FromDays(-200)));
            var clock = new GovernanceClock(file);
            var (store, _, _) = await FreshAsync(clock);

            var created = await store.TryCreateAsync(Path, Bytes, "application/json", default);
            var read = await store.ReadAsync(Path, 1000, default);

            Assert.All([created.ServiceTime, read!.Created], instant => Assert.InRange(instant, clock.GetUtcNow().AddMinutes(-1), clock.GetUtcNow().AddSeconds(1)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_missing_container_is_an_error_for_reads_and_creates()
    {
        var (store, around, _) = await FreshAsync();
        await around.DeleteAsync();

        await Assert.ThrowsAsync<EvidenceStoreException>(() => store.ReadAsync(Path, 10, default));
        Assert.Contains(store.Origin, (await Assert.ThrowsAsync<EvidenceStoreException>(() => store.TryCreateAsync(Path, Bytes, "application/json", default))).Message, StringComparison.Ordinal);
    }

    private static (BlobEvidenceStore Store, FakeWire Wire) Over(Func<FakeWire.Sent, HttpResponseMessage> answer)
    {
        var wire = new FakeWire(answer);
        return (new BlobEvidenceStore(new EvidenceClients(new Uri("https://nhievidence.blob.core.windows.net"), new FakeToken("w"), "https://storage.azure.com", new ClientEquipment(new CallCounter(), wire.Transport)), "evidence-2026", new GovernanceClock()), wire);
    }

    [Theory]
    [InlineData(403, "UnauthorizedBlobOverwrite")]
    [InlineData(403, "AuthorizationPermissionMismatch")]
    [InlineData(409, "BlobAlreadyExists")]
    [InlineData(409, "BlobImmutableDueToPolicy")]
    [InlineData(412, "ConditionNotMet")]
    public async Task What_may_mean_that_the_name_is_taken_is_refused_and_has_a_time(int status, string code)
    {
        var (store, wire) = Over(_ => Failed(status, code));

        var result = await store.TryCreateAsync(Path, Bytes, "application/json", default);

        Assert.Equal(new CreateResult(CreateAnswer.Refused, FakeWire.Now), result);
        Assert.Equal("*", Assert.Single(wire.Requests).Headers["If-None-Match"]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Any_other_failure_of_a_create_is_an_exception_and_nothing_is_sent_again(int status)
    {
        var (store, wire) = Over(_ => Failed(status, "X"));

        await Assert.ThrowsAsync<EvidenceStoreException>(() => store.TryCreateAsync(Path, Bytes, "application/json", default));

        Assert.Single(wire.Requests);
    }

    [Fact]
    public async Task A_create_whose_answer_is_lost_is_an_exception()
    {
        var (store, wire) = Over(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded));

        Assert.Contains("answer was lost", (await Assert.ThrowsAsync<EvidenceStoreException>(() => store.TryCreateAsync(Path, Bytes, "application/json", default))).Message, StringComparison.Ordinal);
        Assert.Single(wire.Requests);
    }

    [Fact]
    public async Task A_blob_that_only_its_writer_can_read_is_there_and_has_nothing_to_say()
    {
        var (store, _) = Over(_ => Failed(409, "BlobUsesCustomerSpecifiedEncryption"));

        var blob = await store.ReadAsync(Path, 1000, default);
        Assert.Equal(StoredBlob.Unreadable(FakeWire.Now), blob);
        Assert.Contains("x-ms-encryption-key", blob!.WhyTruncated(1000), StringComparison.Ordinal);

        // Any other refusal says nothing about what lies there.
        var (unsure, _) = Over(_ => Failed(409, "X"));
        await Assert.ThrowsAsync<EvidenceStoreException>(() => unsure.ReadAsync(Path, 1000, default));
    }

    private static HttpResponseMessage Failed(int status, string code)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status);
        answer.Headers.Add("x-ms-error-code", code);
        return answer;
    }
}
