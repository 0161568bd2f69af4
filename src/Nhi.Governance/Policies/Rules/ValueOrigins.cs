using System.Globalization;
using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Rules;

/// <summary>Says of every value in force where it comes from.</summary>
internal static class ValueOrigins
{
    public static IReadOnlyList<ValueExplanation> Of(EffectivePolicy policy, RuleSettings rule, PolicyDocument document)
    {
        return
        [
            .. PolicyKeys.OfSettings.Select(key => Origin(key, Show(policy, key))),
            Cap(PolicyKeys.MintsPerHour, policy.MintsPerHour, document.MintsPerHour),
            Cap(PolicyKeys.KillsPerRun, policy.KillsPerRun, document.KillsPerRun),
            Cap(PolicyKeys.QuarantinesPerDay, policy.QuarantinesPerDay, document.QuarantinesPerDay),
        ];

        ValueExplanation Origin(string key, string value)
        {
            if (rule.Places.GetValueOrDefault(key) is { } inRule)
                return new ValueExplanation(key, value, ValueOrigin.Rule, inRule.Line);
            return document.Defaults.Places.GetValueOrDefault(key) is { } inDefaults
                ? new ValueExplanation(key, value, ValueOrigin.Defaults, inDefaults.Line)
                : new ValueExplanation(key, value, ValueOrigin.BuiltIn, null);
        }

        static ValueExplanation Cap(string key, int value, int? said) =>
            new(key, value.ToString(CultureInfo.InvariantCulture), said is null ? ValueOrigin.BuiltIn : ValueOrigin.Caps, null);
    }

    private static string Show(EffectivePolicy policy, string key) => key switch
    {
        PolicyKeys.Lifetime => Iso8601Duration.Format(policy.Lifetime),
        PolicyKeys.RotateBefore => Iso8601Duration.Format(policy.RotateBefore),
        PolicyKeys.Overlap => Iso8601Duration.Format(policy.Overlap),
        PolicyKeys.Slack => Iso8601Duration.Format(policy.Slack),
        PolicyKeys.QuietPeriod => Iso8601Duration.Format(policy.QuietPeriod),
        PolicyKeys.OnExpired => RuleSettingsReader.ExpiredActions.First(pair => pair.Value == policy.OnExpired).Key,
        PolicyKeys.AllowCutover => Show(policy.AllowCutover),
        PolicyKeys.FreeAfter => policy.FreeAfter is { } after ? Iso8601Duration.Format(after) : "none",
        PolicyKeys.DisableSuperseded => Show(policy.DisableSuperseded),
        PolicyKeys.EndSessions => Show(policy.EndSessions),
        PolicyKeys.Owner => policy.Owner ?? "none",
        PolicyKeys.Windows => policy.Windows.Count == 0 ? "none" : string.Join("; ", policy.Windows.Select(Show)),
        PolicyKeys.Freezes => policy.Freezes.Count == 0 ? "none" : string.Join("; ", policy.Freezes.Select(Show)),
        PolicyKeys.UnusedAfter => Iso8601Duration.Format(policy.UnusedAfter),
        PolicyKeys.AttestEvery => policy.AttestEvery is { } every ? Iso8601Duration.Format(every) : "none",
        PolicyKeys.RemoveNeglected => Show(policy.RemoveNeglected),
        PolicyKeys.CurtailOverPrivileged => Show(policy.CurtailOverPrivileged),
        PolicyKeys.QuarantineAfter => Iso8601Duration.Format(policy.QuarantineAfter),
        PolicyKeys.RevokeAfter => Iso8601Duration.Format(policy.RevokeAfter),
        PolicyKeys.RemoveAfter => Iso8601Duration.Format(policy.RemoveAfter),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such setting."),
    };

    private static string Show(bool flag) => flag ? "true" : "false";

    private static string Show(MaintenanceWindow window)
    {
        var days = window.Days.Count == 0 ? "every day" : string.Join(',', RuleSettingsReader.DaysOfWeek.Where(pair => window.Days.Contains(pair.Value)).Select(pair => pair.Key));
        return string.Create(CultureInfo.InvariantCulture, $"{days} {window.From:HH':'mm} to {window.To:HH':'mm} UTC");
    }

    private static string Show(Freeze freeze) =>
        string.Create(CultureInfo.InvariantCulture, $"{freeze.From.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'} to {freeze.To.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'} ({freeze.Reason})");
}
