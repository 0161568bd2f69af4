using System.Text.Json.Serialization;

namespace Nhi.Governance.Triggers;

/// <summary>
/// Sums up what was not taken, by hour and reason, so that a flood of junk becomes one record an hour. In memory and thread-safe.
/// </summary>
/// <param name="mostHours">Hours that are kept apart; older ones are folded into the next.</param>
public sealed class EventRejections(int mostHours = 48)
{
    /// <summary>Samples kept an hour.</summary>
    public const int MostSamples = 10;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<DateTimeOffset, Hour> _hours = [];

    /// <summary>Counts all that a body had rejected or doubted. <paramref name="now"/>: governance time, UTC.</summary>
    public void Add(SecretEventReading reading, DateTimeOffset now)
    {
        foreach (var rejection in reading.Rejected)
            Add(rejection, now);
        foreach (var doubt in reading.Doubts)
            Add(doubt, now);
    }

    public void Add(EventRejection rejection, DateTimeOffset now)
    {
        var start = HourOf(now);
        lock (_lock)
        {
            if (!_hours.TryGetValue(start, out var hour))
                _hours.Add(start, hour = new Hour());
            hour.Add(rejection);
            if (_hours.Count > mostHours)
                FoldOldest();
        }
    }

    /// <summary>The hours that are over, oldest first; each is given out once. Empty when there was nothing.</summary>
    public IReadOnlyList<RejectionSummary> Drain(DateTimeOffset now)
    {
        var current = HourOf(now);
        lock (_lock)
        {
            var done = _hours.Where(pair => pair.Key < current).ToList();
            foreach (var (start, _) in done)
                _hours.Remove(start);
            return [.. done.Select(pair => pair.Value.Summary(pair.Key))];
        }
    }

    /// <summary>Takes back what could not be written, so that the next drain gives it out again.</summary>
    public void Return(RejectionSummary summary)
    {
        lock (_lock)
        {
            if (!_hours.TryGetValue(summary.Hour, out var hour))
                _hours.Add(summary.Hour, hour = new Hour());
            hour.Add(summary);
            if (_hours.Count > mostHours)
                FoldOldest();
        }
    }

    // Nobody drains: counts stay right, the oldest hours lose their edge.
    private void FoldOldest()
    {
        var (start, oldest) = _hours.First();
        _hours.Remove(start);
        _hours.First().Value.Add(oldest.Summary(start));
    }

    /// <summary>How many were added since the last drain of all hours.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
                return _hours.Values.Sum(hour => hour.Total);
        }
    }

    private static DateTimeOffset HourOf(DateTimeOffset now) => Trigger.Floor(now, TimeSpan.FromHours(1));

    private sealed class Hour
    {
        private readonly SortedDictionary<RejectionReason, long> _counts = [];
        private readonly List<EventRejection> _samples = [];

        public void Add(EventRejection rejection)
        {
            Count(rejection.Reason, 1);
            Sample(rejection);
        }

        public void Add(RejectionSummary summary)
        {
            foreach (var (reason, count) in summary.Counts)
                Count(reason, count);
            foreach (var sample in summary.Samples)
                Sample(sample);
        }

        public long Total => _counts.Values.Sum();

        public RejectionSummary Summary(DateTimeOffset start) => new(start, new SortedDictionary<RejectionReason, long>(_counts), [.. _samples]);

        private void Count(RejectionReason reason, long count) => _counts[reason] = _counts.GetValueOrDefault(reason) + count;

        // A new reason pushes out a second sample of another: ten alike would say nothing.
        private void Sample(EventRejection rejection)
        {
            if (_samples.Any(known => known.Reason == rejection.Reason && known.Facts.SequenceEqual(rejection.Facts)))
                return;
            if (_samples.Count >= MostSamples)
            {
                var crowded = _samples.GroupBy(sample => sample.Reason).MaxBy(group => group.Count())!;
                if (crowded.Count() < 2 || _samples.Any(known => known.Reason == rejection.Reason))
                    return;
                _samples.Remove(crowded.Last());
            }

            _samples.Add(rejection);
        }
    }
}

/// <summary>One hour of rejections. <paramref name="Hour"/>: its start, UTC. <paramref name="Samples"/>: at most ten, different ones, without any text of the events.</summary>
public sealed record RejectionSummary(DateTimeOffset Hour, IReadOnlyDictionary<RejectionReason, long> Counts, IReadOnlyList<EventRejection> Samples)
{
    [JsonIgnore]
    public long Total => Counts.Values.Sum();
}
