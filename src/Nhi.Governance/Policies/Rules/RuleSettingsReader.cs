using System.Globalization;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Rules;

/// <summary>Reads what rules and defaults have in common: durations, switches, windows and freezes.</summary>
internal sealed class RuleSettingsReader(FaultList faults, ScalarReader scalars)
{
    private const int MostWindows = 50;
    private const int MostFreezes = 100;
    private static readonly string[] _instants = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    /// <summary>What becomes of an expired current version, as the policy spells it.</summary>
    public static IReadOnlyDictionary<string, ExpiredAction> ExpiredActions { get; } = new Dictionary<string, ExpiredAction>(StringComparer.Ordinal)
    {
        ["rotate"] = ExpiredAction.Rotate,
        ["revoke"] = ExpiredAction.Revoke,
        ["report"] = ExpiredAction.Report,
    };

    /// <summary>Days of the week as the policy spells them.</summary>
    public static IReadOnlyDictionary<string, DayOfWeek> DaysOfWeek { get; } = new Dictionary<string, DayOfWeek>(StringComparer.Ordinal)
    {
        ["mon"] = DayOfWeek.Monday,
        ["tue"] = DayOfWeek.Tuesday,
        ["wed"] = DayOfWeek.Wednesday,
        ["thu"] = DayOfWeek.Thursday,
        ["fri"] = DayOfWeek.Friday,
        ["sat"] = DayOfWeek.Saturday,
        ["sun"] = DayOfWeek.Sunday,
    };

    public RuleSettings Read(Fields fields) => new()
    {
        Lifetime = scalars.Duration(fields[PolicyKeys.Lifetime], PolicyKeys.Lifetime, TimeSpan.FromHours(1)),
        RotateBefore = scalars.Duration(fields[PolicyKeys.RotateBefore], PolicyKeys.RotateBefore, TimeSpan.Zero),
        Overlap = scalars.Duration(fields[PolicyKeys.Overlap], PolicyKeys.Overlap, TimeSpan.Zero),
        Slack = scalars.Duration(fields[PolicyKeys.Slack], PolicyKeys.Slack, TimeSpan.Zero),
        QuietPeriod = scalars.Duration(fields[PolicyKeys.QuietPeriod], PolicyKeys.QuietPeriod, TimeSpan.Zero),
        OnExpired = scalars.Choice(fields[PolicyKeys.OnExpired], PolicyKeys.OnExpired, ExpiredActions),
        AllowCutover = scalars.Flag(fields[PolicyKeys.AllowCutover], PolicyKeys.AllowCutover),
        FreeAfter = scalars.Duration(fields[PolicyKeys.FreeAfter], PolicyKeys.FreeAfter, TimeSpan.FromDays(1)),
        DisableSuperseded = scalars.Flag(fields[PolicyKeys.DisableSuperseded], PolicyKeys.DisableSuperseded),
        EndSessions = scalars.Flag(fields[PolicyKeys.EndSessions], PolicyKeys.EndSessions),
        Owner = scalars.Text(fields[PolicyKeys.Owner], PolicyKeys.Owner),
        Windows = Each(fields[PolicyKeys.Windows], PolicyKeys.Windows, MostWindows, Window),
        Freezes = Each(fields[PolicyKeys.Freezes], PolicyKeys.Freezes, MostFreezes, FreezeOf),
        UnusedAfter = scalars.Duration(fields[PolicyKeys.UnusedAfter], PolicyKeys.UnusedAfter, TimeSpan.FromDays(1)),
        AttestEvery = scalars.Duration(fields[PolicyKeys.AttestEvery], PolicyKeys.AttestEvery, TimeSpan.FromDays(1)),
        RemoveNeglected = scalars.Flag(fields[PolicyKeys.RemoveNeglected], PolicyKeys.RemoveNeglected),
        CurtailOverPrivileged = scalars.Flag(fields[PolicyKeys.CurtailOverPrivileged], PolicyKeys.CurtailOverPrivileged),
        QuarantineAfter = scalars.Duration(fields[PolicyKeys.QuarantineAfter], PolicyKeys.QuarantineAfter, TimeSpan.FromDays(1)),
        RevokeAfter = scalars.Duration(fields[PolicyKeys.RevokeAfter], PolicyKeys.RevokeAfter, TimeSpan.FromDays(1)),
        RemoveAfter = scalars.Duration(fields[PolicyKeys.RemoveAfter], PolicyKeys.RemoveAfter, TimeSpan.FromDays(1)),
        Places = fields.Places,
    };

    private List<T>? Each<T>(PolicyNode? node, string key, int most, Func<MapNode, T?> read) where T : class =>
        scalars.List(node, key, most)?.Select(item => scalars.Map(item, $"an entry of {key}") is { } map ? read(map) : null).OfType<T>().ToList();

    private MaintenanceWindow? Window(MapNode map)
    {
        var fields = new Fields(map, "a window", PolicyKeys.OfWindow, faults);
        var days = scalars.OneOrMore(fields[PolicyKeys.Days], PolicyKeys.Days, 7).Select(day => scalars.Choice(day, PolicyKeys.Days, DaysOfWeek)).ToList();
        var from = Time(fields, PolicyKeys.From);
        var to = Time(fields, PolicyKeys.To);
        return from is null || to is null || days.Contains(null) ? null : new MaintenanceWindow([.. days.OfType<DayOfWeek>().Distinct()], from.Value, to.Value);
    }

    private TimeOnly? Time(Fields fields, string key)
    {
        if (fields[key] is not { } node)
            return Missing<TimeOnly>(fields, "A window", key, "\"22:00\"");
        if (scalars.Text(node, key) is not { } text)
            return null;
        if (TimeOnly.TryParseExact(text, "HH':'mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return time;
        faults.Add(node, $"{key} is {Quoting.Quote(text)}, which is no time of day.", "Write hours and minutes in UTC, from \"00:00\" to \"23:59\"; an end before the start lies on the next day.");
        return null;
    }

    private Freeze? FreezeOf(MapNode map)
    {
        var fields = new Fields(map, "a freeze", PolicyKeys.OfFreeze, faults);
        var from = Instant(fields, PolicyKeys.From);
        var to = Instant(fields, PolicyKeys.To);
        var reason = fields[PolicyKeys.Reason] is { } node ? scalars.Text(node, PolicyKeys.Reason) : null;
        if (fields[PolicyKeys.Reason] is null)
            faults.Add(map, "A freeze has no reason.", "Write 'reason:', so that a decision can say it.");
        if (from is null || to is null || reason is null)
            return null;
        if (to > from)
            return new Freeze(from.Value, to.Value, reason);
        faults.Add(fields[PolicyKeys.To]!, "The freeze ends before it begins.", "Write a 'to' behind 'from'; the end itself lies outside.");
        return null;
    }

    private DateTimeOffset? Instant(Fields fields, string key)
    {
        if (fields[key] is not { } node)
            return Missing<DateTimeOffset>(fields, "A freeze", key, "2026-12-20T00:00Z");
        if (scalars.Text(node, key) is not { } text)
            return null;
        if (DateTimeOffset.TryParseExact(text, _instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            return instant;
        faults.Add(node, $"{key} is {Quoting.Quote(text)}, which is no instant.", "Write it in UTC: 2026-12-20 or 2026-12-20T18:00Z.");
        return null;
    }

    private T? Missing<T>(Fields fields, string what, string key, string example) where T : struct
    {
        faults.Add(fields.At, $"{what} has no '{key}'.", $"Write '{key}: {example}'.");
        return null;
    }
}
