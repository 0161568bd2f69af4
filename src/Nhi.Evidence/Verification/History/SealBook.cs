using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Verification.History;

/// <summary>The hourly seals of one log: together they cover its time and its leaves without a gap, and each names the one before it as it is logged.</summary>
internal sealed class SealBook(string log, FindingBook book)
{
    private const int RootsKept = 8_192;
    private readonly Windows windows = new();
    private readonly Dictionary<string, Sealed> seals = new(StringComparer.Ordinal);
    private readonly SealCounts counts = new();
    private readonly Queue<long> sizes = new();
    private readonly Dictionary<long, TreeHash> roots = [];

    /// <summary>Leaves before this one are not read.</summary>
    internal void Begin(long leaf) => counts.Begin(leaf);

    /// <summary>Counts a leaf, in log order, whatever it is: seals count leaves.</summary>
    internal void Count(RecordName? name) => counts.Add(name);

    /// <summary>The tree at the end of a batch.</summary>
    internal void Grown(long size, in TreeHash root)
    {
        if (!roots.TryAdd(size, root))
            return;
        sizes.Enqueue(size);
        if (sizes.Count > RootsKept)
            roots.Remove(sizes.Dequeue());
    }

    internal void Take(BatchEntry entry, EvidenceRecord record, long index)
    {
        if (record.Seal is not { } seal)
            return;
        seals.TryAdd(entry.Path, new Sealed(entry.Sha256, index, seal.From, seal.To, seal.FirstIndex, seal.LastIndex, seal.Previous));
        // Whoever could seal the time to come would have switched off the look at what is missing.
        if (seal.To == record.Time && seal.From < seal.To)
            windows.Add(seal.From, seal.To, entry.Path);
        else
            book.Add(LogFindingKind.SealBroken, log, entry.Path, index: index, op: record.Op, expected: $"the time up to {record.Time:yyyy-MM-dd'T'HH:mm:ss'Z'}", found: $"it covers {seal.From:yyyy-MM-dd'T'HH:mm:ss'Z'} to {seal.To:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        if (counts.Compare(seal, index) is { } wrong)
            book.Add(LogFindingKind.SealMiscounts, log, entry.Path, index: index, op: record.Op, expected: wrong.Log, found: wrong.Seal);
        if (seal.Root is { } said && roots.TryGetValue(seal.LastIndex + 1, out var root) && said != root.ToBase64())
            book.Add(LogFindingKind.SealBroken, log, entry.Path, index: index, op: record.Op, expected: root.ToBase64(), found: $"it says that {seal.LastIndex + 1} leaves have the root {said}");
    }

    /// <param name="at">The instant to judge from.</param>
    /// <param name="age">How old the newest seal may be.</param>
    /// <param name="begun">When the log began: when its first record was written.</param>
    /// <param name="ended">True for a log that is closed, or of which only a part is read: its newest seal has no age.</param>
    /// <param name="whole">False when earlier leaves were not read.</param>
    internal void End(DateTimeOffset at, TimeSpan age, DateTimeOffset? begun, bool ended, bool whole)
    {
        foreach (var (from, to, path) in windows.Gaps)
            book.Add(LogFindingKind.SealMissing, log, path, expected: "seals without a gap", found: $"no seal covers {from:yyyy-MM-dd'T'HH:mm:ss'Z'} to {to:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        foreach (var (path, seal) in seals)
        {
            if (Wrong(seal, whole) is { } wrong)
                book.Add(LogFindingKind.SealBroken, log, path, index: seal.Index, expected: wrong.Expected, found: wrong.Found);
        }

        if (!ended && (windows.End ?? begun) is { } last && at - last > age)
            book.Add(LogFindingKind.SealLate, log, expected: $"a seal not older than {age.TotalMinutes:0} minutes", found: windows.End is null ? "there is none" : $"the newest one covers the time to {last:yyyy-MM-dd'T'HH:mm:ss'Z'}");
    }

    private (string Expected, string Found)? Wrong(Sealed seal, bool whole)
    {
        if (seal.Previous is not { } reference)
            return whole && seal.From > windows.Begin ? ("the seal before it", "it names none") : null;
        if (!seals.TryGetValue(reference.Path, out var before))
            return whole ? ("a seal of this log", $"it follows '{reference.Path}', which is none") : null;
        if (before.Sha256 != reference.Sha256)
            return (before.Sha256, $"it follows '{reference.Path}' with other bytes, {reference.Sha256}");
        if (seal.From > before.To || seal.FirstIndex > before.LastIndex + 1)
            return ($"from {before.To:yyyy-MM-dd'T'HH:mm:ss'Z'} and leaf {before.LastIndex + 1} on", $"it begins at {seal.From:yyyy-MM-dd'T'HH:mm:ss'Z'} and leaf {seal.FirstIndex}");
        return null;
    }

    private sealed record Sealed(string Sha256, long Index, DateTimeOffset From, DateTimeOffset To, long FirstIndex, long LastIndex, RecordReference? Previous);
}
