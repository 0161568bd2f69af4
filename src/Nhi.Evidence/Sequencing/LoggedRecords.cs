using Nhi.Evidence.Records;

namespace Nhi.Evidence.Sequencing;

/// <summary>What the batch files list, as far as sequencing needs it: which names are logged, and which intents no outcome closes. 16 bytes a name.</summary>
internal sealed class LoggedRecords
{
    /// <summary>A seal is written in its hour, and its batch after it; clocks may differ by so much.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private readonly HashSet<UInt128> names = [];
    private readonly Dictionary<string, string> open = new(StringComparer.Ordinal);
    private readonly HashSet<string> closedAhead = new(StringComparer.Ordinal);
    private readonly List<string> strayLists = [];

    /// <summary>The hour folders of the attempts that are open: what closes them has the same start, so it lies there too.</summary>
    internal IEnumerable<string> OpenFolders => open.Values.Distinct(StringComparer.Ordinal);

    /// <summary>Intents that nothing closes.</summary>
    internal int Open => open.Count;

    /// <summary>The line of the seal with the latest hour that had come when its batch was made; null where none is logged. Whoever stole a writer's key seals hours to come, and nothing is looked for before them.</summary>
    internal BatchEntry? NewestSeal { get; private set; }

    /// <summary>Its hour, UTC; null where none is logged.</summary>
    internal DateTimeOffset? SealedTo { get; private set; }

    /// <summary>Names of records that list what came into closed logs.</summary>
    internal IReadOnlyList<string> StrayLists => strayLists;

    internal bool Contains(string path) => names.Contains(KeyOf(path));

    /// <param name="batch">The log's next one.</param>
    /// <param name="created">When it was created, UTC.</param>
    internal void Add(BatchFile batch, DateTimeOffset created)
    {
        foreach (var entry in batch.Entries)
        {
            // A name that stands twice is legal, and counts once.
            if (!names.Add(KeyOf(entry.Path)) || !RecordPath.TryParse(entry.Path, out var name))
                continue;
            Note(entry, name, created);
            if (name.IsIntent && !closedAhead.Remove(name.Op))
                open[name.Op] = RecordPath.HourFolder(name.Time);
            else if (name.Closes && !open.Remove(name.Op) && !name.Stage.StartsWith("2-s", StringComparison.Ordinal) && name.Stage != "2-FINDING")
                closedAhead.Add(name.Op);
        }
    }

    private void Note(BatchEntry entry, RecordName name, DateTimeOffset created)
    {
        if (name.Stage == "2-seal" && name.Time - created <= Skew && (NewestSeal is null || name.Time > SealedTo))
            (NewestSeal, SealedTo) = (entry, name.Time);
        else if (name is { Verb: "stray", Stage: "2-FINDING" })
            strayLists.Add(entry.Path);
    }

    internal static UInt128 KeyOf(string path) => NameKey.Of(path);
}
