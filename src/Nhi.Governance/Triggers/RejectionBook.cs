using System.Text.Json;
using System.Text.Json.Serialization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Triggers;

/// <summary>
/// Where the counts of what was not taken outlive the instance that counted: one cursor holds the hours of all instances until <c>SweepDue</c>, which runs in others, has told those that are over.
/// An instance writes its first refusal at once and then as often as its count has doubled, once a minute at least: a flood costs a few writes, and an instance that is taken away loses no more than it had written.
/// </summary>
public sealed class RejectionBook(ICursors cursors, IEvidenceLog evidence, TimeProvider clock)
{
    private const string CursorName = "event-rejections";
    private const int MostRaces = 5;

    /// <summary>Hours that wait to be told: more would not fit into a row, and the oldest ones are folded.</summary>
    private const int MostHours = 6;
    private static readonly TimeSpan _pace = TimeSpan.FromMinutes(1);

    private readonly EventRejections _counted = new();
    private readonly Lock _lock = new();
    private long _kept;
    private long? _keptAt;

    /// <summary>Counts all that a body had rejected or doubted; where the count cannot be kept now, the next one does. Never throws but for cancellation.</summary>
    public async Task CountAsync(SecretEventReading reading, DateTimeOffset now, CancellationToken ct)
    {
        _counted.Add(reading, now);
        try
        {
            if (WantsKeeping())
                await KeepAsync(ct);
        }
        catch (ExternalCallException)
        {
        }
    }

    /// <summary>What was refused in the hours that are over: one record an hour, with counts and content-free samples. Throws <see cref="ExternalCallException"/>, <see cref="EvidenceRefusedException"/>: the next run tells it.</summary>
    public async Task TellAsync(DateTimeOffset now, CancellationToken ct)
    {
        await KeepAsync(ct);
        for (var race = 0; race < MostRaces; race++)
        {
            var cursor = await cursors.ReadAsync(CursorName, ct);
            var hours = Parse(cursor?.Value);
            var over = hours.Where(hour => hour.Hour < Trigger.Floor(now, TimeSpan.FromHours(1))).ToList();
            if (over.Count == 0)
                return;
            foreach (var summary in over)
                await evidence.WriteAsync(Record(summary), new WriteRules(FirstWriterWins: true), ct);
            if (await cursors.TryMoveAsync(CursorName, Text([.. hours.Except(over)]), cursor, ct) is not null)
                return;
        }
    }

    private bool WantsKeeping()
    {
        lock (_lock)
        {
            return _counted.Total is > 0 and var total && (total >= _kept || _keptAt is not { } at || clock.GetElapsedTime(at) >= _pace);
        }
    }

    private async Task KeepAsync(CancellationToken ct)
    {
        var mine = _counted.Drain(DateTimeOffset.MaxValue);
        if (mine.Count == 0)
            return;
        var kept = false;
        try
        {
            for (var race = 0; race < MostRaces && !kept; race++)
            {
                var cursor = await cursors.ReadAsync(CursorName, ct);
                var sum = new EventRejections(MostHours);
                foreach (var hour in Parse(cursor?.Value).Concat(mine))
                    sum.Return(hour);
                kept = await cursors.TryMoveAsync(CursorName, Text(sum.Drain(DateTimeOffset.MaxValue)), cursor, ct) is not null;
            }
        }
        finally
        {
            // A lost answer may have counted it already: better twice than never.
            if (!kept)
                foreach (var hour in mine)
                    _counted.Return(hour);
        }

        if (kept)
            Kept(mine.Sum(hour => hour.Total));
    }

    private void Kept(long count)
    {
        lock (_lock)
        {
            _kept = _keptAt is { } at && clock.GetElapsedTime(at) < _pace ? _kept + count : count;
            _keptAt = clock.GetTimestamp();
        }
    }

    private static IReadOnlyList<RejectionSummary> Parse(string? value)
    {
        try
        {
            return value is null ? [] : JsonSerializer.Deserialize(value, RejectionsJson.Default.IReadOnlyListRejectionSummary) ?? [];
        }
        catch (JsonException)
        {
            // Somebody else's hand: what it counted is lost, and nothing hangs on it.
            return [];
        }
    }

    private static string Text(IReadOnlyList<RejectionSummary> hours) => JsonSerializer.Serialize(hours, RejectionsJson.Default.IReadOnlyListRejectionSummary);

    private static EvidenceRecord Record(RejectionSummary summary) => new()
    {
        // Told again after a lost answer, it is the same record.
        Op = RotationId.Op($"event-rejections\n{Text([summary])}", "refuse", summary.Hour, 0),
        Stage = RecordStage.Outcome,
        Action = "event.refuse",
        Result = "FINDING",
        Time = summary.Hour,
        Summary = $"{summary.Total} events or parts of events were not believed in the hour from {summary.Hour:yyyy-MM-dd HH:mm}Z: {string.Join(", ", summary.Counts.Select(count => $"{count.Key} {count.Value}"))}.",
        Finding = new FindingFacts("events-refused", "warning", "Look for who posts to the function's webhook; its key can be renewed.", [.. summary.Samples.Select(sample => $"{sample.Reason}: {string.Join("; ", sample.Facts)}")], (int)Math.Min(summary.Total, int.MaxValue)),
        Controls = ControlsServed.By("event.refuse"),
    };
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<RejectionSummary>))]
internal sealed partial class RejectionsJson : JsonSerializerContext;
