using System.Security.Cryptography;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Records;

/// <summary>A record as found in its container. <paramref name="Created"/>: UTC, by the service's clock.</summary>
internal sealed record FoundRecord(RecordReference Reference, EvidenceRecord Record, DateTimeOffset Created);

/// <summary>Finds records whose names follow from a timer's time.</summary>
internal static class TimerRecords
{
    /// <summary>Names beside a squatted one that are looked at. With more of them a second record does no harm.</summary>
    private const int MostBeside = 64;

    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The authentic record of that name, or one beside it where something else took the name; null where there is none: one read when the name is free. Throws <see cref="EvidenceStoreException"/>.
    /// </summary>
    internal static async Task<FoundRecord?> FindAsync(IEvidenceStore store, RecordAuthenticity authenticity, string plain, CancellationToken ct)
    {
        if (await store.ReadAsync(plain, RecordLimits.Bytes, ct) is not { } blob)
            return null;
        if (Judge(store, authenticity, plain, blob) is { } found)
            return found;
        var looked = 0;
        await foreach (var beside in store.ListAsync(plain[..^".json".Length] + "~", ct))
        {
            if (++looked > MostBeside)
                break;
            if (RecordPath.IsListable(beside.Path) && beside.Size <= RecordLimits.Bytes && await store.ReadAsync(beside.Path, RecordLimits.Bytes, ct) is { } there && Judge(store, authenticity, beside.Path, there) is { } one)
                return one;
        }

        return null;
    }

    /// <summary>What a blob says, if it is a record of this log and of its time; else null.</summary>
    internal static FoundRecord? Judge(IEvidenceStore store, RecordAuthenticity authenticity, string path, StoredBlob blob) =>
        !blob.Truncated && authenticity.Check(blob.Bytes.Span, path, store.Origin, blob.Created).Record is { } record && IsOfItsTime(record, blob.Created)
            ? new FoundRecord(new RecordReference(path, Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span))), record, blob.Created)
            : null;

    /// <summary>
    /// A timer's record is written when its time has come. One that was created before is a thief's who knows the name that comes, however well it is signed: the name is squatted, and what counts stands beside it.
    /// </summary>
    internal static bool IsOfItsTime(EvidenceRecord record, DateTimeOffset created) => record.Time - created <= ClocksDiffer;
}
