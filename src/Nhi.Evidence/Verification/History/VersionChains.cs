using Nhi.Evidence.Records;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.History;

/// <summary>
/// The versions of each credential as its outcomes tell them: every version that was superseded was made by one record, or seen by one. The order in which they were logged does not matter. Memory grows with credentials.
/// </summary>
internal sealed class VersionChains(FindingBook book)
{
    private readonly Dictionary<UInt128, Chain> chains = [];

    internal void Take(string log, string path, EvidenceRecord record, long index)
    {
        if (record.Credential is not { } credential || record.Change is not { After.Version: { } after } change)
            return;
        var key = NameSet.KeyOf(credential.Id);
        if (!chains.TryGetValue(key, out var chain))
            chains[key] = chain = new Chain(record.Time);
        if (record.Time < chain.First)
            chain.First = record.Time;
        var before = change.Before?.Version;
        // A record that only sees its version (it came under policy) speaks for it as one that made it does.
        if (before is not null && before != after && !chain.Made.Remove(before))
            chain.Superseded.TryAdd(before, new Superseded(before, record.Time, log, path, index, record.Op));
        if (!chain.Superseded.Remove(after))
            chain.Made.Add(after);
    }

    internal void End()
    {
        foreach (var chain in chains.Values)
        {
            // The first thing that is known of a credential supersedes what was there before it was governed.
            foreach (var one in chain.Superseded.Values.Where(one => one.Time > chain.First))
                book.Add(LogFindingKind.VersionChainBroken, one.Log, one.Path, index: one.Index, op: one.Op, expected: "a record that made this version", found: $"version {one.Version} was superseded, and no record made it");
        }
    }

    private sealed class Chain(DateTimeOffset first)
    {
        internal DateTimeOffset First { get; set; } = first;
        internal HashSet<string> Made { get; } = new(StringComparer.Ordinal);
        internal Dictionary<string, Superseded> Superseded { get; } = new(StringComparer.Ordinal);
    }

    private sealed record Superseded(string Version, DateTimeOffset Time, string Log, string Path, long Index, string Op);
}
