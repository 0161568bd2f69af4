using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Core;
using Azure.Messaging;
using Azure.Messaging.EventGrid;
using Nhi.Azure.Pipeline;
using Nhi.Governance.Publishing;

namespace Nhi.Azure.Topic;

/// <summary>
/// Publishes logged records as CloudEvents 1.0 <c>nhi.evidence.recorded.v1</c>: source the log, id the same for every delivery, subject the credential (else the record's name).
/// The data is a summary; who needs the record reads it by <c>path</c> and checks <c>sha256</c>. Checkpoints are <c>nhi.evidence.checkpoint.v1</c>, whole: whoever subscribes holds what nobody can change later.
/// </summary>
public sealed class EventGridTopicPublisher : IAnchorSink
{
    public const string EventType = "nhi.evidence.recorded.v1";
    public const string CheckpointType = "nhi.evidence.checkpoint.v1";

    /// <summary>A request holds at most 1 MB, and an operation is billed for 64 KB: one event has 2 KB or less.</summary>
    private const int MostInRequest = 100;
    private const int LongestText = 1_000;

    private readonly EventGridPublisherClient _client;
    private readonly Uri _topic;

    public EventGridTopicPublisher(Uri topic, TokenCredential credential, ClientEquipment equipment) =>
        (_topic, _client) = (topic, new EventGridPublisherClient(topic, credential, equipment.Equip(new EventGridPublisherClientOptions(), "topic", resend: true)));

    public string Name => "topic";

    public async Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct)
    {
        foreach (var request in records.Chunk(MostInRequest))
            await new ExternalCall($"publish {request.Length} records to the topic {_topic.Host}", Changes: true).RunAsync(() => _client.SendEventsAsync(request.Select(Event), ct), ct);
    }

    public Task AnchorAsync(PublishedCheckpoint checkpoint, CancellationToken ct)
    {
        var data = new CheckpointData(checkpoint.Batch, checkpoint.Size, checkpoint.Root, checkpoint.Path, checkpoint.Note);
        var cloudEvent = new CloudEvent(checkpoint.Log, CheckpointType, BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(data, TopicJson.Default.CheckpointData)), "application/json", CloudEventDataFormat.Json)
        {
            Id = checkpoint.Id,
            Subject = checkpoint.Path,
        };
        return new ExternalCall($"publish the checkpoint of batch {checkpoint.Batch} to the topic {_topic.Host}", Changes: true).RunAsync(() => _client.SendEventAsync(cloudEvent, ct), ct);
    }

    private static CloudEvent Event(PublishedRecord published)
    {
        var record = published.Record;
        var data = new RecordedData(
            published.Index, published.Reference.Path, published.Reference.Sha256, record.Op, record.Stage.ToString(), record.Action, record.Result, record.Time,
            Bounded(record.Summary)!, Bounded(record.Credential?.Id), Bounded(record.Resource?.Id), Bounded(record.Owner?.Id), record.Finding?.Signal, record.Finding?.Severity);
        return new CloudEvent(published.Log, EventType, BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(data, TopicJson.Default.RecordedData)), "application/json", CloudEventDataFormat.Json)
        {
            Id = published.Id,
            Subject = Bounded(record.Credential?.Id) ?? published.Reference.Path,
            Time = record.Recorded ?? record.Time,
        };
    }

    private static string? Bounded(string? text) => text is { Length: > LongestText } ? text[..LongestText] : text;
}

/// <summary>The data of an event. <paramref name="Index"/>: place in the log; <paramref name="Path"/> and <paramref name="Sha256"/>: the record.</summary>
internal sealed record RecordedData(
    long Index, string Path, string Sha256, string Op, string Stage, string Action, string? Result, DateTimeOffset Time,
    string Summary, string? Credential, string? Resource, string? Owner, string? Finding, string? Severity);

/// <summary>The data of a checkpoint's event. <paramref name="Root"/>: base64; <paramref name="Note"/>: the C2SP signed note.</summary>
internal sealed record CheckpointData(long Batch, long Size, string Root, string Path, string Note);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecordedData))]
[JsonSerializable(typeof(CheckpointData))]
internal sealed partial class TopicJson : JsonSerializerContext;
