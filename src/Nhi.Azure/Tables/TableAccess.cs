namespace Nhi.Azure.Tables;

/// <summary>Whose identity a table is reached with, and whether for reads or changes.</summary>
public enum TableAccess
{
    /// <summary>Reads, and upserts that may be sent again: the watcher's.</summary>
    Watcher,

    /// <summary>Changes of rows that lock or count: the watcher's, sent once.</summary>
    WatcherOnce,

    /// <summary>New pending rows: the writer's.</summary>
    Writer,

    /// <summary>The evidence index and the pending rows: the sequencer's.</summary>
    Sequencer,
}
