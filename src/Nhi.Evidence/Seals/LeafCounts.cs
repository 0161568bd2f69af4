using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Seals;

/// <summary>
/// Leaves by <c>{verb}_{stage}</c>, read off their names in the batch files, so that anybody recounts them with nothing but those: a line's name between its second underscore and its last.
/// </summary>
public static class LeafCounts
{
    /// <summary>What a name that no record has is counted under: only a sequencer that is not ours can list one.</summary>
    public const string Other = "other";

    /// <summary>Verbs and stages are few; were they not, the rest would be counted together.</summary>
    private const int MostNames = 200;

    /// <summary>The name under which a leaf counts.</summary>
    public static string KeyOf(string path) => RecordPath.TryParse(path, out var name) ? $"{name.Verb}_{name.Stage}" : Other;

    /// <summary>Counts one more leaf.</summary>
    public static void Add(IDictionary<string, long> counts, string path)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var key = KeyOf(path);
        if (!counts.ContainsKey(key) && counts.Count >= MostNames)
            key = Other;
        counts[key] = (counts.TryGetValue(key, out var before) ? before : 0) + 1;
    }

    /// <summary>The leaves from <paramref name="first"/> to the log's end, one batch file at a time.</summary>
    internal static async Task<IReadOnlyDictionary<string, long>> SinceAsync(LogView log, long first, CancellationToken ct)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        if (first >= log.Size)
            return counts;
        for (var number = log.BatchAt(first); number <= log.Head; number++)
        {
            if (log.IsVoid(number))
                continue;
            var batch = await log.ReadAgainAsync(number, ct);
            for (var i = (int)Math.Clamp(first - batch.First, 0, batch.Entries.Count); i < batch.Entries.Count; i++)
                Add(counts, batch.Entries[i].Path);
        }

        return counts;
    }
}
