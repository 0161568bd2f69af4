namespace Nhi.Evidence.Sequencing;

/// <summary>How a sequencer looks for records.</summary>
public sealed record SequencerOptions
{
    /// <summary>Requests at a time.</summary>
    public int Parallel { get; init; } = 64;

    /// <summary>How often folders are listed for records that nobody announced.</summary>
    public TimeSpan StrayEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far back they are listed.</summary>
    public TimeSpan StrayBack { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Entries of one batch, at most <see cref="BatchFile.MostEntries"/>.</summary>
    public int BatchEntries { get; init; } = BatchFile.MostEntries;

    /// <summary>Records that wait in memory; more are looked at in the next round.</summary>
    public int MostWaiting { get; init; } = 20_000;

    /// <summary>Leaves that a run adds to tiles that lag behind: they are derived, and records come first.</summary>
    public int MostTileLeaves { get; init; } = 20_000;

    /// <summary>
    /// How often the bundle that is not full is written, at most. Each time has a name of its own, and what is not full is read from the records as well: every minute would store each record a hundred times over.
    /// </summary>
    public TimeSpan PartialBundleEvery { get; init; } = TimeSpan.FromHours(1);
}
