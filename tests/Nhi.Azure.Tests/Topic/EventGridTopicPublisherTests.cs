using System.Net;
using System.Text.Json;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Topic;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Azure.Tests.Topic;

public sealed class EventGridTopicPublisherTests
{
    private static readonly Uri Topic = new("https://nhi.westeurope-1.eventgrid.azure.net/api/events");

    private static PublishedRecord Published(long index) => new("nhievidence.blob.core.windows.net/evidence-2026", index, new RecordReference("records/x.json", new string('a', 64)), new EvidenceRecord
    {
        Op = "op",
        Stage = RecordStage.Outcome,
        Action = "credential.rotate",
        Result = "ok",
        Time = FakeWire.Now,
        Recorded = FakeWire.Now.AddSeconds(2),
        Summary = new string('s', 5_000),
        Credential = new CredentialFacts("kv:kv1.vault.azure.net/a", Fingerprint: "f1ngerprint"),
        Owner = new OwnerFacts("group", "team"),
    });

    private static (EventGridTopicPublisher Publisher, FakeWire Wire) Over(Func<FakeWire.Sent, HttpResponseMessage> answer)
    {
        var wire = new FakeWire(answer);
        return (new EventGridTopicPublisher(Topic, new FakeToken("watcher"), new ClientEquipment(new CallCounter(), wire.Transport)), wire);
    }

    [Fact]
    public async Task A_record_is_a_cloud_event_with_the_same_id_each_time()
    {
        var (publisher, wire) = Over(_ => new HttpResponseMessage(HttpStatusCode.OK));

        await publisher.SendAsync([Published(7)], default);
        await publisher.SendAsync([Published(7)], default);

        Assert.Equal(wire.Requests[0].Body, wire.Requests[1].Body);
        Assert.Equal("Bearer watcher", wire.Requests[0].Headers["Authorization"]);
        using var events = JsonDocument.Parse(wire.Requests[0].Body);
        var sent = events.RootElement[0];
        Assert.Equal("1.0", sent.GetProperty("specversion").GetString());
        Assert.Equal("nhi.evidence.recorded.v1", sent.GetProperty("type").GetString());
        Assert.Equal("nhievidence.blob.core.windows.net/evidence-2026", sent.GetProperty("source").GetString());
        Assert.Equal($"7-{new string('a', 64)}", sent.GetProperty("id").GetString());
        Assert.Equal("kv:kv1.vault.azure.net/a", sent.GetProperty("subject").GetString());
        Assert.Equal(FakeWire.Now.AddSeconds(2), sent.GetProperty("time").GetDateTimeOffset());
        var data = sent.GetProperty("data");
        Assert.Equal(7, data.GetProperty("index").GetInt64());
        Assert.Equal(1_000, data.GetProperty("summary").GetString()!.Length);
        Assert.Equal("team", data.GetProperty("owner").GetString());
        Assert.DoesNotContain("f1ngerprint", wire.Requests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_is_a_cloud_event_that_holds_the_whole_note()
    {
        var (publisher, wire) = Over(_ => new HttpResponseMessage(HttpStatusCode.OK));

        await publisher.AnchorAsync(new PublishedCheckpoint("nhievidence.blob.core.windows.net/evidence-2026", 12, 343, "0gmQ", "log/000000/000000012.checkpoint.txt", "a\n343\n0gmQ\nbatch 12\n\n— a b\n"), default);

        using var events = JsonDocument.Parse(Assert.Single(wire.Requests).Body);
        var sent = events.RootElement.ValueKind == JsonValueKind.Array ? events.RootElement[0] : events.RootElement;
        Assert.Equal("nhi.evidence.checkpoint.v1", sent.GetProperty("type").GetString());
        Assert.Equal("checkpoint-12-343-0gmQ", sent.GetProperty("id").GetString());
        Assert.Equal("a\n343\n0gmQ\nbatch 12\n\n— a b\n", sent.GetProperty("data").GetProperty("note").GetString());
    }

    [Fact]
    public async Task Many_records_go_in_requests_of_a_hundred_in_order()
    {
        var (publisher, wire) = Over(_ => new HttpResponseMessage(HttpStatusCode.OK));

        await publisher.SendAsync([.. Enumerable.Range(0, 250).Select(i => Published(i))], default);

        var ids = wire.Requests.SelectMany(sent =>
        {
            using var events = JsonDocument.Parse(sent.Body);
            return events.RootElement.EnumerateArray().Select(e => e.GetProperty("data").GetProperty("index").GetInt32()).ToArray();
        });
        Assert.Equal(3, wire.Requests.Count);
        Assert.Equal(Enumerable.Range(0, 250), ids);
    }

    [Fact]
    public async Task A_topic_that_refuses_is_named()
    {
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Over(_ => FakeWire.Error(403, "Forbidden", "no right")).Publisher.SendAsync([Published(1)], default));

        Assert.Contains(Topic.Host, error.Message, StringComparison.Ordinal);
        Assert.False(error.Transient);
    }
}
