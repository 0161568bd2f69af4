using System.Text;
using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.History;

/// <summary>
/// The versions of each credential as its outcomes tell them: every version that was superseded was made by one record, or seen by one. The order in which they were logged does not matter. Memory grows with credentials.
/// </summary>
internal sealed class VersionChains(FindingBook book)
{
    private readonly Dictionary<UInt128, Chain> chains = [];

    internal void Take(string log, string path, RecordGist record, long index)
    {
        if (record.Credential is not { } credential || record.After is not { } made)
            return;
        var (key, after) = (NameSet.KeyOf(credential.Span), NameSet.KeyOf(made.Span));
        if (!chains.TryGetValue(key, out var chain))
            chains[key] = chain = new Chain(record.Time, log);
        if (record.Time < chain.First)
            (chain.First, chain.Log) = (record.Time, log);
        // A record that only sees its version (it came under policy) speaks for it as one that made it does.
        if (record.Before is { } former && NameSet.KeyOf(former.Span) is var before && before != after && !chain.Made.Remove(before))
            chain.Superseded.TryAdd(before, new Superseded(Encoding.UTF8.GetString(former.Span), record.Time, log, path, index, record.Op));
        if (!chain.Superseded.Remove(after))
            chain.Made.Add(after);
    }

    /// <param name="part">Logs of which earlier leaves were not read; null: none.</param>
    /// <param name="unreadUntil">When the last of these parts ends: what is known of a credential first may be older than what was made there, and then one version more was.</param>
    internal void End(IReadOnlySet<string>? part = null, DateTimeOffset? unreadUntil = null)
    {
        foreach (var chain in chains.Values)
        {
            // The first thing that is known of a credential supersedes what was there before it was governed; and the first in a log whose beginning was not read, what was made there.
            var known = chain.Superseded.Values.Where(one => one.Time > chain.First).ToArray();
            var unread = part is { Count: > 0 } && (!part.Contains(chain.Log) || chain.First <= unreadUntil) ? known.Where(one => part.Contains(one.Log)).MinBy(one => one.Time) : null;
            foreach (var one in known.Where(one => one != unread))
                book.Add(LogFindingKind.VersionChainBroken, one.Log, one.Path, index: one.Index, op: one.Op, expected: "a record that made this version", found: $"version {one.Version} was superseded, and no record made it");
        }
    }

    private sealed class Chain(DateTimeOffset first, string log)
    {
        /// <summary>The log of the record at <see cref="First"/>.</summary>
        internal string Log { get; set; } = log;
        internal DateTimeOffset First { get; set; } = first;
        internal HashSet<UInt128> Made { get; } = [];
        internal Dictionary<UInt128, Superseded> Superseded { get; } = [];
    }

    private sealed record Superseded(string Version, DateTimeOffset Time, string Log, string Path, long Index, string Op);
}
