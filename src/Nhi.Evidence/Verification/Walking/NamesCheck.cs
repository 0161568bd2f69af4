using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>
/// Lists every name of a log and compares with what its batches list, both ways. What stands in no batch is read and judged: a record that was left out, or something foreign. Listed after the batches were read, so that what is newer is "not yet".
/// </summary>
internal sealed class NamesCheck(LogShard shard, string origin, VerifyOptions options, RecordAuthenticity authenticity, LoggedNames logged, FindingBook book, IProgress<VerifyProgress>? progress)
{
    private const int ReportEvery = 10_000;
    private readonly BesideCheck beside = new(shard.Log, origin, [.. options.LogKeys, .. logged.Keys], [.. options.ProducerKeys.Select(key => key.Spki)], book);

    /// <summary>Names so far.</summary>
    internal long Names { get; private set; }

    internal async Task RunAsync(DateTimeOffset at, CancellationToken ct)
    {
        var names = logged.Names;
        await foreach (var _ in Ordered.SelectAsync(UnknownAsync(names, ct), options.AtATime(shard.Log.ReadsAtATime), (name, token) => JudgeAsync(name, at, token), ct))
        {
        }

        if (names.Seen < names.Count)
            await NameUnlistedAsync(names, ct);
        if (shard.Log.Listing is { } listing)
        {
            await foreach (var path in listing.UnseenAsync(ct))
                book.Add(LogFindingKind.FileMissing, origin, path);
        }
    }

    /// <summary>The names that no batch lists.</summary>
    private async IAsyncEnumerable<LogName> UnknownAsync(NameSet names, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var name in shard.Log.ListAsync("", ct))
        {
            if (++Names % ReportEvery == 0)
                progress?.Report(new VerifyProgress(origin, "names", Names, null));
            CompareListing(name);
            // What lies in log/ was judged with its number.
            var key = NameSet.KeyOf(name.Path);
            if (name.Path.StartsWith(BatchName.Root, StringComparison.Ordinal) || !logged.IsMine(key) || (names.Tick(key) && name.Obstacle is null))
                continue;
            if (NeedsReading(name))
                yield return name;
        }
    }

    /// <summary>False for what its name alone tells: there may be millions.</summary>
    private bool NeedsReading(LogName name)
    {
        if (name.Obstacle is { } obstacle)
            book.Add(LogFindingKind.NameUnreadable, origin, name.Path, found: obstacle);
        else if (!name.Path.StartsWith(RecordPath.Root, StringComparison.Ordinal))
            return beside.NeedsReading(name.Path);
        else if (!RecordPath.IsListable(name.Path))
            book.Add(LogFindingKind.RecordForeign, origin, name.Path, found: "its name is none that a record may have");
        else if (name.Size > RecordLimits.Bytes)
            book.Add(LogFindingKind.RecordForeign, origin, name.Path, found: $"{name.Size} bytes, a record has at most {RecordLimits.Bytes}");
        else
            return true;
        return false;
    }

    private void CompareListing(LogName name)
    {
        if (shard.Log.Listing is not { } listing || name.Obstacle is not null)
            return;
        if (listing.Tick(name.Path) is not { } size)
            book.Add(LogFindingKind.FileUnlisted, origin, name.Path);
        else if (size != name.Size)
            book.Add(LogFindingKind.FileSizeDiffers, origin, name.Path, bytes: new ByteRange(Math.Min(size, name.Size), Math.Abs(size - name.Size)), expected: $"{size} bytes", found: $"{name.Size} bytes");
    }

    private async Task<bool> JudgeAsync(LogName name, DateTimeOffset at, CancellationToken ct)
    {
        if (!name.Path.StartsWith(RecordPath.Root, StringComparison.Ordinal))
            return await beside.JudgeAsync(name.Path, ct);
        if (await shard.Log.ReadAsync(name.Path, RecordLimits.Bytes, ct) is not { } blob)
            return false;
        var judgement = blob.Truncated ? new RecordJudgement(null, blob.WhyTruncated(RecordLimits.Bytes)) : authenticity.Check(blob.Bytes.Span, name.Path, origin, name.Created ?? blob.Created);
        if (judgement.Record is { } record)
            NameUnlogged(name, record, blob, at);
        else
            book.Add(LogFindingKind.RecordForeign, origin, name.Path, found: judgement.Why);
        return true;
    }

    private void NameUnlogged(LogName name, EvidenceRecord record, LogBlob blob, DateTimeOffset at)
    {
        if (logged.Doubtful.Contains(NameSet.KeyOf(name.Path)))
            return;
        var created = name.Created ?? blob.Created;
        var recorded = record.Recorded ?? record.Time;
        // What an export says of creation may be anybody's: a record is not newer than it says itself.
        var made = created is null || (shard.Log.Origin is null && recorded < created) ? recorded : created.Value;
        if (created is { } stored && !record.Late && (recorded - stored).Duration() > options.Skew)
            book.Add(LogFindingKind.CreationSkewed, origin, name.Path, op: record.Op, expected: $"{stored:yyyy-MM-dd'T'HH:mm:ss'Z'}, when it was created", found: $"it says that it was recorded at {recorded:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        var isNew = at - made <= options.UnloggedAfter;
        // The next year's log lists what came into a closed one.
        if (logged.TakesStrays && !isNew && logged.Links.TryStray(name.Path, Convert.ToHexStringLower(SHA256.HashData(blob.Bytes.Span))))
            return;
        book.Add(isNew ? LogFindingKind.NotYet : LogFindingKind.RecordUnlogged, origin, name.Path, op: record.Op, expected: "a line in a batch", found: $"created {made:yyyy-MM-dd'T'HH:mm:ss'Z'}, in no batch");
    }

    /// <summary>Logged and readable, but not listed: only a place that reads names loosely does that. What is missing was named when it was read.</summary>
    private async Task NameUnlistedAsync(NameSet names, CancellationToken ct)
    {
        var quiet = new FindingBook(0, null);
        using var walk = new BatchWalk(shard.Log, origin, options.LogKeys, quiet);
        long index = 0;
        await foreach (var work in walk.ReadAsync(ct))
        {
            foreach (var entry in work.Batch?.Entries ?? [])
            {
                var key = NameSet.KeyOf(entry.Path);
                if (logged.IsMine(key) && !names.IsSeen(key))
                {
                    if (await shard.Log.ReadAsync(entry.Path, 1, ct) is not null)
                        book.Add(LogFindingKind.RecordNotListed, origin, entry.Path, work.Number, index);
                    else if (logged.AreUnread)
                        book.Add(LogFindingKind.RecordMissing, origin, entry.Path, work.Number, index, expected: entry.Sha256);
                }

                index++;
            }
        }
    }
}
