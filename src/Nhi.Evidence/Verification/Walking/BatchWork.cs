using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>What a number of the log turned out to be.</summary>
internal enum PlaceRole
{
    /// <summary>A batch that counts.</summary>
    Batch,

    /// <summary>A batch whose file was altered, yet reads as one that later batches build upon.</summary>
    Altered,

    /// <summary>A file that counts for nothing, as far as batches tell.</summary>
    Void,

    /// <summary>The file of a batch that a later one builds upon is missing, or cannot be read as one.</summary>
    Gap,

    /// <summary>Behind the last batch.</summary>
    Beyond,
}

/// <summary>A number of the log to work on: its place, its role, the batch where there is one to read, the keys that count there. <paramref name="AfterGap"/>: leaves before it are not known. <paramref name="Why"/>: of a void file.</summary>
internal sealed record BatchWork(LogPlace Place, PlaceRole Role, BatchFile? Batch, IReadOnlyList<LogKey> Keys, bool AfterGap = false, string? Why = null, DateTimeOffset? Created = null)
{
    internal long Number => Place.Number;
}
