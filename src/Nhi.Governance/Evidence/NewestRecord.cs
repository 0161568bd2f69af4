using Nhi.Evidence.Records;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Governance.Evidence;

/// <summary>Looks for the newest record of an action, day by day backward: one list call a day, and none before the log's first record.</summary>
internal sealed class NewestRecord(RecordAuthenticity authenticity, string action, DateTimeOffset before)
{
    /// <summary>Days looked at in one container: a year, and what came a little early or late.</summary>
    private const int MostDays = 400;

    private readonly string verb = action[(action.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Null when this container has none.</summary>
    internal async Task<ReadRecord?> FindAsync(IEvidenceStore store, CancellationToken ct)
    {
        if (await FirstDayAsync(store, ct) is not { } first)
            return null;
        // What lies in a year's container begins in that year, or a little before it.
        var last = ShardName.TryParse(store.Origin) is { } shard && shard.Begins.AddYears(1) is var end && end.AddDays(3) < before ? end.AddDays(3) : before;
        var day = last.UtcDateTime.Date;
        for (var looked = 0; looked < MostDays && day >= first; looked++, day = day.AddDays(-1))
        {
            if (await OfDayAsync(store, new DateTimeOffset(day, TimeSpan.Zero), ct) is { } found)
                return found;
        }

        return null;
    }

    private static async Task<DateTime?> FirstDayAsync(IEvidenceStore store, CancellationToken ct)
    {
        await foreach (var blob in store.ListAsync(RecordPath.Root, ct))
        {
            if (RecordPath.TryParse(blob.Path, out var name))
                return name.Time.UtcDateTime.Date;
        }

        return null;
    }

    private async Task<ReadRecord?> OfDayAsync(IEvidenceStore store, DateTimeOffset day, CancellationToken ct)
    {
        List<string> names = [];
        await foreach (var blob in store.ListAsync(RecordPath.DayFolder(day), ct))
        {
            if (RecordPath.TryParse(blob.Path, out var name) && name.Verb == verb && name.Time < before)
                names.Add(blob.Path);
        }

        foreach (var path in names.OrderDescending(StringComparer.Ordinal))
        {
            if (await store.ReadAsync(path, RecordLimits.Bytes, ct) is { Truncated: false } blob && authenticity.Check(blob.Bytes.Span, path, store.Origin, blob.Created).Record is { } record && record.Action == action)
                return new ReadRecord(record, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(blob.Bytes.Span)));
        }

        return null;
    }
}
