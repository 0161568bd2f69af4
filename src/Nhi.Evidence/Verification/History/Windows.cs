namespace Nhi.Evidence.Verification.History;

/// <summary>A union of windows of time; those that touch or overlap are one. Adding costs the logarithm of the parts, in whatever order windows come. Each part remembers whose window begins it.</summary>
internal sealed class Windows
{
    private static readonly Part First = new(DateTimeOffset.MinValue, default, "");
    private static readonly Part Last = new(DateTimeOffset.MaxValue, default, "");
    private readonly SortedSet<Part> parts = new(Comparer<Part>.Create(static (left, right) => left.From.CompareTo(right.From)));

    /// <summary>The beginning of the first one.</summary>
    internal DateTimeOffset? Begin => parts.Min?.From;

    /// <summary>The end of the last one.</summary>
    internal DateTimeOffset? End => parts.Max?.To;

    /// <summary>What lies between them, and whose window ends each gap.</summary>
    internal IEnumerable<(DateTimeOffset From, DateTimeOffset To, string Path)> Gaps => parts.Zip(parts.Skip(1), static (left, right) => (left.To, right.From, right.Path));

    internal void Add(DateTimeOffset from, DateTimeOffset to, string path)
    {
        var part = new Part(from, to, path);
        // Joins the one before it where they touch, and all behind it that it reaches.
        if (parts.GetViewBetween(First, part).Max is { } before && before.To >= from)
            (part, before.To) = (before, Max(before.To, to));
        else
            parts.Add(part);
        while (part.From < DateTimeOffset.MaxValue && parts.GetViewBetween(new Part(part.From.AddTicks(1), default, ""), Last).Min is { } behind && behind.From <= part.To)
        {
            part.To = Max(part.To, behind.To);
            parts.Remove(behind);
        }
    }

    private static DateTimeOffset Max(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private sealed class Part(DateTimeOffset from, DateTimeOffset to, string path)
    {
        internal DateTimeOffset From { get; } = from;
        internal DateTimeOffset To { get; set; } = to;
        internal string Path { get; } = path;
    }
}
