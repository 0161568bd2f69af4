using System.Globalization;
using System.Runtime.CompilerServices;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>Lists <c>log/</c>, number by number. In ordinal order a batch and its checkpoints come together.</summary>
internal sealed class LogFolder(IReadableLog log, string origin, FindingBook book)
{
    // Names have nine digits: a batch a second for thirty years.
    private const long MostBatches = 1_000_000_000;

    private enum Sort
    {
        None,
        Batch,
        Checkpoint,
        Token,
    }

    /// <summary>Names so far.</summary>
    internal long Names { get; private set; }

    /// <summary>From the given number on.</summary>
    internal async IAsyncEnumerable<LogPlace> PlacesAsync(long from, [EnumeratorCancellation] CancellationToken ct)
    {
        Building? place = null;
        await foreach (var name in log.ListAsync(BatchName.Root, ct))
        {
            Names++;
            if (Parse(name, place?.Number ?? -1) is not var (sort, number) || number < from)
                continue;
            if (place is not null && place.Number != number)
            {
                yield return place.Whole();
                place = null;
            }

            place ??= new Building(number);
            place.Add(sort, name.Path);
        }

        if (place is not null)
            yield return place.Whole();
    }

    /// <summary>Null for what does not count; it is named.</summary>
    private (Sort Sort, long Number)? Parse(LogName name, long last)
    {
        var (sort, number) = SortOf(name.Path);
        if (sort == Sort.Token)
            book.Add(LogFindingKind.TokenNotChecked, origin, name.Path, number);
        else if (name.Obstacle is { } obstacle)
            book.Add(LogFindingKind.NameUnreadable, origin, name.Path, found: obstacle);
        else if (sort == Sort.None)
            book.Add(LogFindingKind.BlobForeign, origin, name.Path);
        else if (number < last || number >= MostBatches)
            book.Add(LogFindingKind.NameSquatted, origin, name.Path, number);
        else
            return (sort, number);
        return null;
    }

    private static (Sort Sort, long Number) SortOf(string path)
    {
        if (CheckpointName.TryParse(path, out var number, out _))
            return (Sort.Checkpoint, number);
        var file = path.AsSpan(path.LastIndexOf('/') + 1);
        var dot = file.IndexOf('.');
        if (dot is < 9 or > 18 || !long.TryParse(file[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return (Sort.None, 0);
        return path == BatchName.Of(number) ? (Sort.Batch, number) : path == CheckpointName.Prefix(number) + ".tsr" ? (Sort.Token, number) : (Sort.None, 0);
    }

    private sealed class Building(long number)
    {
        private readonly List<string> checkpoints = [];
        private string? batch;
        private bool more;

        internal long Number => number;

        internal void Add(Sort sort, string path)
        {
            if (sort == Sort.Batch)
                batch = path;
            else if (checkpoints.Count < LogPlace.MostCheckpoints)
                checkpoints.Add(path);
            else
                more = true;
        }

        internal LogPlace Whole() => new(number, batch, checkpoints, more);
    }
}
