using System.Runtime.CompilerServices;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Index;

/// <summary>The questions that the index answers.</summary>
public static class IndexQueries
{
    /// <summary>Records about a resource, newest attempt first.</summary>
    public static IAsyncEnumerable<IndexRow> OfResourceAsync(this IEvidenceIndex index, string resourceId, CancellationToken ct) => Of(index, IndexKeys.Resource(resourceId), ct);

    /// <summary>Records of a credential (<c>kv:{vaultHost}/{name}</c>), newest attempt first.</summary>
    public static IAsyncEnumerable<IndexRow> OfCredentialAsync(this IEvidenceIndex index, string credentialId, CancellationToken ct) => Of(index, IndexKeys.Credential(credentialId), ct);

    /// <summary>Records of an owner, newest attempt first.</summary>
    public static IAsyncEnumerable<IndexRow> OfOwnerAsync(this IEvidenceIndex index, string ownerId, CancellationToken ct) => Of(index, IndexKeys.Owner(ownerId), ct);

    /// <summary>Records of a session, newest attempt first.</summary>
    public static IAsyncEnumerable<IndexRow> OfSessionAsync(this IEvidenceIndex index, string session, CancellationToken ct) => Of(index, IndexKeys.Session(session), ct);

    /// <summary>Records of one attempt.</summary>
    public static IAsyncEnumerable<IndexRow> OfOperationAsync(this IEvidenceIndex index, string op, CancellationToken ct) => Of(index, IndexKeys.Operation(op), ct);

    /// <summary>Records of one action and result, month of <paramref name="month"/> (UTC), newest first. The result of intents is null.</summary>
    public static IAsyncEnumerable<IndexRow> OfActionAsync(this IEvidenceIndex index, string action, string? result, DateTimeOffset month, CancellationToken ct) => Of(index, IndexKeys.Action(action, result, month), ct);

    /// <summary>Records of one action, intents and all results, of a month (UTC), newest first.</summary>
    public static async Task<IReadOnlyList<IndexRow>> OfActionAsync(this IEvidenceIndex index, string action, DateTimeOffset month, CancellationToken ct)
    {
        List<IndexRow> rows = [];
        foreach (var result in (string?[])[null, .. RecordRules.Results])
            await foreach (var row in index.OfActionAsync(action, result, month, ct))
                rows.Add(row);
        return [.. rows.OrderBy(row => row.RowKey, StringComparer.Ordinal)];
    }

    /// <summary>Records of a day (UTC), by the attempts' start, oldest first.</summary>
    public static async IAsyncEnumerable<IndexRow> OfDayAsync(this IEvidenceIndex index, DateTimeOffset day, [EnumeratorCancellation] CancellationToken ct)
    {
        var start = new DateTimeOffset(day.UtcDateTime.Date, TimeSpan.Zero);
        for (var hour = 0; hour < 24; hour++)
        {
            await foreach (var row in Of(index, IndexKeys.Hour(start.AddHours(hour)), ct))
                yield return row;
        }
    }

    /// <summary>Intents that no outcome closes and that began before the instant (UTC).</summary>
    public static IAsyncEnumerable<IndexRow> OpenIntentsAsync(this IEvidenceIndex index, DateTimeOffset before, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(index);
        return index.OpenAsync(ct).Where(row => row.Time < before);
    }

    private static IAsyncEnumerable<IndexRow> Of(IEvidenceIndex index, string partition, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(index);
        return index.PartitionAsync(partition, null, null, ct);
    }
}
