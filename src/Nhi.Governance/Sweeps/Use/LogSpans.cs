namespace Nhi.Governance.Sweeps.Use;

/// <summary>
/// The stretches in which a log was heard: instants close to each other make one stretch. The product lists each vault every quarter of an hour and that stands in the vault's log,
/// so silence is a hole, or a time in which nobody can say that there was none. What comes late closes it. Instants UTC.
/// </summary>
public sealed class LogSpans
{
    /// <summary>A list was missed: a claim that something did not happen here needs more than this.</summary>
    public static readonly TimeSpan Tight = TimeSpan.FromMinutes(20);

    /// <summary>Silence that still counts as known, for what happened over days: two or three lists failed, an app was deployed.</summary>
    public static readonly TimeSpan Loose = TimeSpan.FromHours(1);

    /// <summary>Most stretches that are kept; the oldest go first.</summary>
    private const int Most = 200;
    private readonly List<LogSpan> _spans;

    public LogSpans(IEnumerable<LogSpan> spans) => _spans = [.. spans.Where(span => span.From <= span.To).OrderBy(span => span.From)];

    public IReadOnlyList<LogSpan> All => _spans;

    /// <summary>The newest instant; null for a log that was never heard.</summary>
    public DateTimeOffset? End => _spans.Count == 0 ? null : _spans.Max(span => span.To);

    public void Add(DateTimeOffset at)
    {
        // Nearly always the newest stretch goes on.
        var i = _spans.Count - 1;
        while (i >= 0 && _spans[i].From > at)
            i--;
        if (i >= 0 && at <= _spans[i].To)
            return;
        if (i >= 0 && at - _spans[i].To <= Tight)
            _spans[i] = _spans[i] with { To = at };
        else
            _spans.Insert(++i, new LogSpan(at, at));
        if (i + 1 < _spans.Count && _spans[i + 1].From - _spans[i].To <= Tight)
        {
            _spans[i] = _spans[i] with { To = _spans[i + 1].To > _spans[i].To ? _spans[i + 1].To : _spans[i].To };
            _spans.RemoveAt(i + 1);
        }

        if (_spans.Count > Most)
            _spans.RemoveAt(0);
    }

    /// <summary>
    /// The stretches in which at least one of the logs was heard. Each log's silence was judged by itself before: two logs with holes, of which each has a line in the other's, make no whole one.
    /// </summary>
    public static LogSpans Union(IEnumerable<LogSpans> logs)
    {
        List<LogSpan> merged = [];
        foreach (var span in logs.SelectMany(log => log._spans).OrderBy(span => span.From))
            if (merged.Count > 0 && span.From <= merged[^1].To)
                merged[^1] = merged[^1] with { To = span.To > merged[^1].To ? span.To : merged[^1].To };
            else
                merged.Add(span);
        return new LogSpans(merged);
    }

    /// <summary>True when nothing can have happened in [from, to] that was not heard.</summary>
    public bool Covers(DateTimeOffset from, DateTimeOffset to) => _spans.Any(span => span.From <= from && span.To >= to);

    /// <summary>The stretches without a silence longer than <see cref="Loose"/>.</summary>
    public IReadOnlyList<LogSpan> Stretches()
    {
        List<LogSpan> joined = [];
        foreach (var span in _spans)
        {
            if (joined.Count > 0 && span.From - joined[^1].To <= Loose)
                joined[^1] = joined[^1] with { To = span.To > joined[^1].To ? span.To : joined[^1].To };
            else
                joined.Add(span);
        }

        return joined;
    }

    /// <summary>The last of them; null for a log that was never heard.</summary>
    public LogSpan? Newest() => Stretches() is [.., var last] ? last : null;
}

/// <summary>One stretch, both ends heard.</summary>
public sealed record LogSpan(DateTimeOffset From, DateTimeOffset To);
