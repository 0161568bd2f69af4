namespace Nhi.Governance.Policies;

/// <summary>A recurring time in which something may begin: on these days of the week (empty = every day), from <paramref name="From"/> to <paramref name="To"/>, UTC. An end before the start lies on the next day.</summary>
public sealed record MaintenanceWindow(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To)
{
    /// <summary>From is inside, To is outside.</summary>
    public bool Contains(DateTimeOffset now)
    {
        var utc = now.UtcDateTime;
        var time = TimeOnly.FromDateTime(utc);
        if (From < To)
            return On(utc.DayOfWeek) && time >= From && time < To;
        return (time >= From && On(utc.DayOfWeek)) || (time < To && On(utc.AddDays(-1).DayOfWeek));
    }

    private bool On(DayOfWeek day) => Days.Count == 0 || Days.Contains(day);
}
