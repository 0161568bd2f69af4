using Nhi.Azure.Pipeline;

namespace Nhi.Azure.Tests.Pipeline;

public sealed class CountingPolicyTests
{
    [Theory]
    [InlineData("GET", "https://kv1.vault.azure.net/secrets?api-version=7.4", "list")]
    [InlineData("GET", "https://kv1.vault.azure.net/secrets/a/versions?api-version=7.4", "list")]
    [InlineData("GET", "https://kv1.vault.azure.net/secrets/a/?api-version=7.4", "get")]
    [InlineData("PUT", "https://kv1.vault.azure.net/secrets/a", "put")]
    [InlineData("PATCH", "https://kv1.vault.azure.net/secrets/a/1", "update")]
    [InlineData("POST", "https://kv1.vault.azure.net/keys/log/1/sign", "sign")]
    [InlineData("GET", "https://x.table.core.windows.net/Operations(PartitionKey='a',RowKey='row')", "get")]
    [InlineData("GET", "https://x.table.core.windows.net/Operations()?$filter=x", "list")]
    [InlineData("POST", "https://x.table.core.windows.net/$batch", "batch")]
    [InlineData("POST", "https://x.table.core.windows.net/Operations", "put")]
    [InlineData("DELETE", "https://x.table.core.windows.net/EvidencePending(PartitionKey='a',RowKey='b')", "delete")]
    [InlineData("GET", "https://x.blob.core.windows.net/evidence-2026?restype=container&comp=list", "list")]
    [InlineData("HEAD", "https://x.blob.core.windows.net/evidence-2026/a", "get")]
    [InlineData("OPTIONS", "https://x.blob.core.windows.net/a", "other")]
    public void A_request_is_counted_as_what_it_does(string method, string uri, string kind) => Assert.Equal(kind, CountingPolicy.Kind(method, new Uri(uri)));

    [Fact]
    public void Counts_are_by_service_and_kind_and_can_begin_anew()
    {
        var calls = new CallCounter();
        Parallel.For(0, 1_000, i => calls.Count(i % 2 == 0 ? "vault" : "table", i % 4 == 0 ? "get" : "put"));

        Assert.Equal((500, 250, 250), (calls.Of("vault"), calls.Of("vault", "get"), calls.Of("vault", "put")));
        Assert.Equal(["table.put", "vault.get", "vault.put"], calls.Snapshot().Keys);
        calls.Reset();
        Assert.Empty(calls.Snapshot());
    }
}
