using Nhi.Evidence.Shards;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.History;

/// <summary>Whether one year's log joins the next: what the next one says of it, and what came into it after it was closed.</summary>
internal sealed class ShardJoin(FindingBook book)
{
    internal void Check(IReadOnlyList<(string Origin, ShardPass Pass)> shards)
    {
        var byOrigin = shards.GroupBy(one => one.Origin, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Pass, StringComparer.Ordinal);
        var listed = new Dictionary<(string, string), string>();
        foreach (var (origin, pass) in shards)
        {
            foreach (var (path, record, index) in pass.Ledger.Links.Said)
            {
                var facts = record.Shard!;
                foreach (var stray in facts.Strays ?? [])
                    listed[(facts.Log, stray.Path)] = stray.Sha256;
                if (!byOrigin.TryGetValue(facts.Log, out var other) || other.IsPart)
                    continue;
                if (facts.Checkpoint is { } checkpoint && !other.Ledger.Links.Had(checkpoint))
                    book.Add(LogFindingKind.ShardBroken, origin, path, index: index, op: record.Op, expected: $"a tree that '{facts.Log}' had", found: $"it says that it had {checkpoint.Size} leaves with root {checkpoint.Root}");
                else if (record.Action == ShardRecords.Close && !other.IsClosed)
                    book.Add(LogFindingKind.ShardBroken, origin, path, index: index, op: record.Op, expected: $"a last batch of '{facts.Log}' that closes it", found: "it goes on");
            }
        }

        for (var i = 1; i < shards.Count; i++)
            CheckOpened(shards[i - 1], shards[i]);
        for (var i = 0; i < shards.Count; i++)
            NameStrays(shards[i].Origin, shards[i].Pass, listed, hasNext: i + 1 < shards.Count);
    }

    /// <summary>The log of the next year begins with what it goes on from.</summary>
    private void CheckOpened((string Origin, ShardPass Pass) old, (string Origin, ShardPass Pass) next)
    {
        var consecutive = ShardName.TryParse(old.Origin) is { } year && ShardName.TryParse(next.Origin) is { } following && following.Year == year.Year + 1;
        if (consecutive && old.Pass.Valid > 0 && next.Pass is { IsPart: false, Ledger.Size: > 0 } && next.Pass.Ledger.Links.Said.TrueForAll(one => one.Record.Action != ShardRecords.Open || one.Record.Shard!.Log != old.Origin))
            book.Add(LogFindingKind.ShardBroken, next.Origin, expected: $"a record shard.open that goes on from '{old.Origin}'", found: "there is none");
    }

    private void NameStrays(string origin, ShardPass pass, Dictionary<(string, string), string> listed, bool hasNext)
    {
        foreach (var (path, sha) in pass.Ledger.Links.Strays)
        {
            if (listed.TryGetValue((origin, path), out var said) && said == sha)
                continue;
            // Without the next year's log nobody can say.
            book.Add(hasNext ? LogFindingKind.RecordUnlogged : LogFindingKind.NotYet, origin, path, expected: said ?? "a line of shard.stray in the next year's log", found: said is null ? "its log is closed, and nothing that was read lists it" : sha);
        }
    }
}
