using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// Collects the news of one window, batch by batch. Memory grows with owners and with what is told of removals, not with records. A batch lies in the window of the newest instant at which one of its records was written; one that comes late lies in the window that is open.
/// The writer says that instant, and whoever stole its key may say any: one after <paramref name="latest"/> dates nothing, else a single record would end all notices.
/// </summary>
internal sealed class DigestWindow(string log, TimeSpan length, long first, DateTimeOffset latest)
{
    /// <summary>Owners beyond that share the digest of nobody.</summary>
    private const int MostOwners = 500;

    private readonly SortedDictionary<string, (List<List<DigestItem>> Parts, int More, string Severity)> _owners = new(StringComparer.Ordinal);
    private DateTimeOffset? _from;

    /// <summary>Its end; null while it is not known.</summary>
    public DateTimeOffset? Until => _from + length;

    /// <summary>False when the batch is of a later window: this one is whole.</summary>
    public bool Take(BatchFile batch, IReadOnlyList<LoggedRecord> leaves)
    {
        if (leaves.Where(leaf => leaf.Record?.Recorded <= latest).Max(leaf => leaf.Record!.Recorded) is { } newest)
        {
            var window = Trigger.Floor(newest, length);
            if (window > _from)
                return false;
            _from ??= window;
        }

        foreach (var leaf in leaves)
            if (leaf.Record is { } record && News.Of(new PublishedRecord(log, batch.First, new RecordReference(leaf.Entry.Path, leaf.Entry.Sha256), record)) is { } item)
                foreach (var owner in OwnersOf(record))
                    Add(owner, item);
        return true;
    }

    /// <summary>One an owner, in the order of their names.</summary>
    public IReadOnlyList<Digest> Digests() =>
    [
        .. _owners.SelectMany(owner => owner.Value.Parts.Index().Select(part => new Digest
        {
            Log = log,
            Owner = owner.Key.Length == 0 ? null : owner.Key,
            From = _from!.Value,
            Until = _from.Value + length,
            First = first,
            Severity = owner.Value.Severity,
            Items = part.Item,
            More = part.Index == owner.Value.Parts.Count - 1 ? owner.Value.More : 0,
            Part = part.Index,
        })),
    ];

    /// <summary>A tag may name several, each of whom is told; nobody is called the empty text.</summary>
    private static IReadOnlyList<string> OwnersOf(EvidenceRecord record) => OwnerText.Read(record.Owner?.Id) is { Count: > 0 } names ? names : [""];

    private void Add(string owner, DigestItem item)
    {
        if (!_owners.ContainsKey(owner) && _owners.Count >= MostOwners)
            owner = "";
        var (parts, more, severity) = _owners.TryGetValue(owner, out var collected) ? collected : ([[]], 0, item.Severity);
        var items = parts[^1];
        items.Add(item);
        if (items.Count > Digest.MostItems)
        {
            var least = items[Least(items)];
            items.Remove(least);
            // Whoever is told has to hear: what would give way begins the next digest.
            if (News.IsTold(least))
                parts.Add([least]);
            else
                more++;
        }

        _owners[owner] = (parts, more, News.Rank(item.Severity) > News.Rank(severity) ? item.Severity : severity);
    }

    /// <summary>What gives way where one is too many: the least severe, of these the latest. What its owner is told that will be taken away stays longest: its clock runs.</summary>
    private static int Least(List<DigestItem> items)
    {
        var least = items.Count - 1;
        for (var i = items.Count - 2; i >= 0; i--)
            if (Weight(items[i]) < Weight(items[least]))
                least = i;
        return least;
    }

    private static int Weight(DigestItem item) => News.IsTold(item) ? int.MaxValue : News.Rank(item.Severity);
}
