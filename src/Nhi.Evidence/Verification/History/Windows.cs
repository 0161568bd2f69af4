namespace Nhi.Evidence.Verification.History;

/// <summary>A union of windows of time; those that touch or overlap are one. In the usual order adding costs nothing. Each part remembers whose window begins it.</summary>
internal sealed class Windows
{
    private readonly List<Part> parts = [];

    /// <summary>The beginning of the first one.</summary>
    internal DateTimeOffset? Begin => parts.Count == 0 ? null : parts[0].From;

    /// <summary>The end of the last one.</summary>
    internal DateTimeOffset? End => parts.Count == 0 ? null : parts[^1].To;

    /// <summary>What lies between them, and whose window ends each gap.</summary>
    internal IEnumerable<(DateTimeOffset From, DateTimeOffset To, string Path)> Gaps => parts.Zip(parts.Skip(1), static (left, right) => (left.To, right.From, right.Path));

    internal void Add(DateTimeOffset from, DateTimeOffset to, string path)
    {
        var at = parts.Count;
        while (at > 0 && parts[at - 1].From > from)
            at--;
        // Joins the one before it where they touch, and all behind it that it reaches.
        if (at > 0 && parts[at - 1].To >= from)
            parts[--at].To = Max(parts[at].To, to);
        else
            parts.Insert(at, new Part(from, to, path));
        while (at + 1 < parts.Count && parts[at + 1].From <= parts[at].To)
        {
            parts[at].To = Max(parts[at].To, parts[at + 1].To);
            parts.RemoveAt(at + 1);
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
