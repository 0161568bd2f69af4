using System.Net;
using Microsoft.Extensions.Time.Testing;
using Nhi.Azure.Evidence;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Time;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;

namespace Nhi.Azure.Tests.Evidence;

public sealed class EvidenceContainersTests : IDisposable
{
    private static readonly DateTimeOffset In2027 = new(2027, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _real = new(In2027);
    private readonly Dictionary<string, bool> _there = [];
    private readonly FakeWire _wire;

    public EvidenceContainersTests() => _wire = new FakeWire(Answer);

    public void Dispose() => _wire.Dispose();

    /// <summary>A container that is there has shard.first; the flag is its policy.</summary>
    private HttpResponseMessage Answer(FakeWire.Sent sent)
    {
        var container = sent.Uri.Segments[1].TrimEnd('/');
        var answer = new HttpResponseMessage(_there.ContainsKey(container) ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        answer.Headers.Add("x-ms-error-code", _there.ContainsKey(container) ? "x" : "ContainerNotFound");
        if (_there.TryGetValue(container, out var policy))
            answer.Headers.Add("x-ms-has-immutability-policy", policy ? "true" : "false");
        answer.Headers.TryAddWithoutValidation("ETag", "\"1\"");
        answer.Content = new ByteArrayContent([]);
        answer.Content.Headers.LastModified = FakeWire.Now;
        return answer;
    }

    private EvidenceContainers Containers(bool policyNeeded = true) => new(
        new EvidenceClients(new Uri("https://nhievidence.blob.core.windows.net"), new FakeToken("w"), "https://storage.azure.com", new ClientEquipment(new CallCounter(), _wire.Transport)), new GovernanceClock(real: _real), policyNeeded);

    [Fact]
    public async Task The_years_container_is_written_to_and_all_are_listed_newest_first()
    {
        (_there["evidence-2026"], _there["evidence-2027"], _there["evidence-2028"]) = (true, true, true);
        using var containers = Containers();

        Assert.Equal("nhievidence.blob.core.windows.net/evidence-2027", (await containers.CurrentAsync(In2027, default)).Origin);
        Assert.Equal(["2028", "2027", "2026"], (await containers.AllAsync(default)).Select(store => store.Origin[^4..]));
        Assert.Null((await ShardOutlook.OfAsync(containers, In2027, default)).Missing);
    }

    [Fact]
    public async Task A_missing_year_leaves_the_newest_that_has_begun_and_says_so()
    {
        (_there["evidence-2026"], _there["evidence-2028"]) = (true, true);
        using var containers = Containers();

        Assert.EndsWith("evidence-2026", (await containers.CurrentAsync(In2027, default)).Origin, StringComparison.Ordinal);
        Assert.EndsWith("evidence-2027", (await ShardOutlook.OfAsync(containers, In2027, default)).Missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_without_a_policy_counts_as_missing_where_one_is_needed()
    {
        (_there["evidence-2026"], _there["evidence-2027"]) = (true, false);
        using var strict = Containers();
        using var local = Containers(policyNeeded: false);

        Assert.EndsWith("evidence-2026", (await strict.CurrentAsync(In2027, default)).Origin, StringComparison.Ordinal);
        Assert.EndsWith("evidence-2027", (await local.CurrentAsync(In2027, default)).Origin, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_found_is_kept_for_ten_minutes_and_a_missing_year_looked_for_each_minute()
    {
        _there["evidence-2026"] = true;
        using var containers = Containers();
        await containers.CurrentAsync(In2027, default);
        var asked = _wire.Requests.Count;
        await containers.CurrentAsync(In2027, default);
        Assert.Equal(asked, _wire.Requests.Count);

        _there["evidence-2027"] = true;
        _real.Advance(TimeSpan.FromMinutes(1));
        var found = await containers.CurrentAsync(In2027, default);
        Assert.EndsWith("evidence-2027", found.Origin, StringComparison.Ordinal);
        asked = _wire.Requests.Count;
        _real.Advance(TimeSpan.FromMinutes(9));
        Assert.Same(found, await containers.CurrentAsync(In2027, default));
        Assert.Equal(asked, _wire.Requests.Count);
        _real.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(found, await containers.CurrentAsync(In2027, default));
        Assert.True(_wire.Requests.Count > asked);
    }

    [Fact]
    public async Task No_container_at_all_is_an_error_with_a_remedy()
    {
        using var containers = Containers();

        Assert.Contains("Deploy it again", (await Assert.ThrowsAsync<EvidenceStoreException>(async () => await containers.CurrentAsync(In2027, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_refuses_is_not_one_without_containers()
    {
        var wire = new FakeWire(_ => new HttpResponseMessage(HttpStatusCode.Forbidden));
        using var containers = new EvidenceContainers(new EvidenceClients(new Uri("https://nhievidence.blob.core.windows.net"), new FakeToken("w"), "https://storage.azure.com", new ClientEquipment(new CallCounter(), wire.Transport)), new GovernanceClock(real: _real), true);

        Assert.Contains("HTTP 403", (await Assert.ThrowsAsync<EvidenceStoreException>(async () => await containers.CurrentAsync(In2027, default))).Message, StringComparison.Ordinal);
    }
}
