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
            chains[key] = chain = new Chain(record.Time);
        if (record.Time < chain.First)
            chain.First = record.Time;
        // A record that only sees its version (it came under policy) speaks for it as one that made it does.
        if (record.Before is { } former && NameSet.KeyOf(former.Span) is var before && before != after && !chain.Made.Remove(before))
            chain.Superseded.Add(new Superseded(before, Encoding.UTF8.GetString(former.Span), record.Time, log, path, index, record.Op));
        if (chain.Superseded.FindIndex(one => one.Key == after) is var at && at >= 0)
            chain.Superseded.RemoveAt(at);
        else if (!chain.Made.Contains(after))
            chain.Made.Add(after);
    }

    internal void End()
    {
        foreach (var chain in chains.Values)
        {
            // The first thing that is known of a credential supersedes what was there before it was governed.
            foreach (var one in chain.Superseded.Where(one => one.Time > chain.First))
                book.Add(LogFindingKind.VersionChainBroken, one.Log, one.Path, index: one.Index, op: one.Op, expected: "a record that made this version", found: $"version {one.Version} was superseded, and no record made it");
        }
    }

    private sealed class Chain(DateTimeOffset first)
    {
        internal DateTimeOffset First { get; set; } = first;
        internal List<UInt128> Made { get; } = new(1);
        internal List<Superseded> Superseded { get; } = [];
    }

    private sealed record Superseded(UInt128 Key, string Version, DateTimeOffset Time, string Log, string Path, long Index, string Op);
}
