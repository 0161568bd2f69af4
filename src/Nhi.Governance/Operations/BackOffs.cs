using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operations;

/// <summary>Back-off of one verb and subject: doubling from a minute to 24 hours, at most 30 minutes for what is begun, marked or repairing; jittered by the attempt's name.</summary>
public static class BackOffs
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestUrgent = TimeSpan.FromMinutes(30);

    public static string Key(string verb, string subject) => $"{verb}:{subject}";

    /// <summary>The back-off after one more try that has not succeeded.</summary>
    public static BackOff Next(BackOff? previous, DateTimeOffset now, string op, bool urgent)
    {
        var tries = (previous?.Tries ?? 0) + 1;
        var limit = urgent ? LongestUrgent : Longest;
        var wait = TimeSpan.FromTicks(Math.Min(limit.Ticks, First.Ticks << Math.Min(tries - 1, 20)));
        return new BackOff(tries, now + (wait * (0.75 + (RotationId.Spread(op) / 4))), previous?.Streak);
    }

    /// <summary>True when nothing of that verb and subject may begin yet. An urgent one waits its own, shorter limit only.</summary>
    public static bool Binds(BackOff? backOff, DateTimeOffset now, bool urgent) =>
        backOff is not null && backOff.NotBefore > now && !(urgent && backOff.NotBefore - now > LongestUrgent);
}
