using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification;

/// <summary>
/// Set equality alone: what a container's batches list against what it holds, both ways. No record is read but those that no batch lists.
/// Judged as of the newest batch. In parts, each with the names that hash to it: about 26 bytes of memory for each name of a part, and one reading of all batches and one listing of all names for each part.
/// </summary>
public static class NameComparison
{
    /// <summary>Compares one part. Throws <see cref="Storage.EvidenceStoreException"/> when something cannot be read or listed.</summary>
    /// <param name="shard">The container.</param>
    /// <param name="next">The next year's, which lists what came into a closed one; null where there is none.</param>
    /// <param name="part">Which part, from 0 on.</param>
    /// <param name="parts">How many there are.</param>
    /// <param name="options">Keys, and the instant to judge from.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<NamesCompared> CompareAsync(LogShard shard, LogShard? next, int part, int parts, VerifyOptions options, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(part, parts);
        using var authenticity = new RecordAuthenticity(options.ProducerKeys);
        var book = new FindingBook(options.MostFindings, options.OnFinding);
        if (await LogVerifier.OriginAsync(shard, options, ct) is not { } origin)
        {
            book.Add(LogFindingKind.LogMissing, shard.Log.Place);
            return new NamesCompared(0, 0, book.Kept());
        }

        var at = options.At ?? options.Clock.GetUtcNow();
        // What lies in log/ is no part's more than another's.
        var (logged, newest) = await LoggedAsync(shard, origin, (part, parts), part == 0 ? book : new FindingBook(0, null), options, at, ct);
        var check = new NamesCheck(shard, origin, options, authenticity, logged, book, null);
        // A sequencer that stands still has alarms of its own: hidden is what came well before a batch that does not list it.
        await check.RunAsync(!logged.TakesStrays && newest < at ? newest.Value : at, ct);
        if (logged.Links.Strays.Count > 0)
            await NameStraysAsync(logged.Links, origin, next, options, authenticity, book, ct);
        return new NamesCompared(check.Names, logged.Names.Count, book.Kept());
    }

    private static async Task<(LoggedNames Logged, DateTimeOffset? Newest)> LoggedAsync(LogShard shard, string origin, (int Number, int Of) part, FindingBook book, VerifyOptions options, DateTimeOffset at, CancellationToken ct)
    {
        using var walk = new BatchWalk(shard.Log, origin, options.LogKeys, book, versions: options.LogKeyVersions);
        var logged = new LoggedNames(new NameSet(), walk.Doubtful, [], false, new ShardLinks()) { Part = part, AreUnread = true };
        DateTimeOffset? last = null;
        await foreach (var work in walk.ReadAsync(ct))
        {
            last = work.Created ?? last;
            foreach (var entry in work.Batch?.Entries ?? [])
            {
                if (NameSet.KeyOf(entry.Path) is var key && logged.IsMine(key))
                    logged.Names.Add(key);
            }
        }

        return (logged with { Keys = walk.Keys, TakesStrays = walk.IsClosed && !ShardName.IsUnderWay(origin, last ?? at) }, last);
    }

    private static async Task NameStraysAsync(ShardLinks links, string origin, LogShard? next, VerifyOptions options, RecordAuthenticity authenticity, FindingBook book, CancellationToken ct)
    {
        var listed = next is null ? [] : await StrayLists.ReadAsync(next, origin, options, authenticity, ct);
        foreach (var (path, sha) in links.Strays.Where(stray => listed.GetValueOrDefault(stray.Key)?.Sha256 != stray.Value))
            book.Add(next is null ? LogFindingKind.NotYet : LogFindingKind.RecordUnlogged, origin, path, expected: "a line of shard.stray in the next year's log", found: !listed.ContainsKey(path) ? "its log is closed, and nothing lists it" : sha);
    }
}

/// <summary>What came of one part. <paramref name="Listed"/>: names in the container, of all parts; <paramref name="Logged"/>: names in batches, of this part; <paramref name="Findings"/>: of each kind as many as <see cref="VerifyOptions.MostFindings"/>.</summary>
public sealed record NamesCompared(long Listed, long Logged, IReadOnlyList<LogFinding> Findings);
