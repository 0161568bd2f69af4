using Nhi.Governance.Policies.Yaml;

namespace Nhi.Governance.Policies.Rules;

/// <summary>What a rule, or the defaults, say; null where they say nothing.</summary>
internal sealed record RuleSettings
{
    public static RuleSettings Nothing { get; } = new();

    public TimeSpan? Lifetime { get; init; }
    public TimeSpan? RotateBefore { get; init; }
    public TimeSpan? Overlap { get; init; }
    public TimeSpan? Slack { get; init; }
    public TimeSpan? QuietPeriod { get; init; }
    public ExpiredAction? OnExpired { get; init; }
    public bool? AllowCutover { get; init; }
    public TimeSpan? FreeAfter { get; init; }
    public bool? DisableSuperseded { get; init; }
    public bool? EndSessions { get; init; }
    public string? Owner { get; init; }
    public IReadOnlyList<MaintenanceWindow>? Windows { get; init; }
    public IReadOnlyList<Freeze>? Freezes { get; init; }

    public TimeSpan? UnusedAfter { get; init; }
    public TimeSpan? AttestEvery { get; init; }
    public bool? RemoveNeglected { get; init; }
    public bool? CurtailOverPrivileged { get; init; }
    public TimeSpan? QuarantineAfter { get; init; }
    public TimeSpan? RevokeAfter { get; init; }
    public TimeSpan? RemoveAfter { get; init; }

    /// <summary>Where each key stands.</summary>
    public IReadOnlyDictionary<string, PolicyNode> Places { get; init; } = new Dictionary<string, PolicyNode>();

    /// <summary>These settings, and <paramref name="defaults"/> where they say nothing.</summary>
    public RuleSettings Over(RuleSettings defaults) => new()
    {
        Lifetime = Lifetime ?? defaults.Lifetime,
        RotateBefore = RotateBefore ?? defaults.RotateBefore,
        Overlap = Overlap ?? defaults.Overlap,
        Slack = Slack ?? defaults.Slack,
        QuietPeriod = QuietPeriod ?? defaults.QuietPeriod,
        OnExpired = OnExpired ?? defaults.OnExpired,
        AllowCutover = AllowCutover ?? defaults.AllowCutover,
        FreeAfter = FreeAfter ?? defaults.FreeAfter,
        DisableSuperseded = DisableSuperseded ?? defaults.DisableSuperseded,
        EndSessions = EndSessions ?? defaults.EndSessions,
        Owner = Owner ?? defaults.Owner,
        Windows = Windows ?? defaults.Windows,
        Freezes = Freezes ?? defaults.Freezes,
        UnusedAfter = UnusedAfter ?? defaults.UnusedAfter,
        AttestEvery = AttestEvery ?? defaults.AttestEvery,
        RemoveNeglected = RemoveNeglected ?? defaults.RemoveNeglected,
        CurtailOverPrivileged = CurtailOverPrivileged ?? defaults.CurtailOverPrivileged,
        QuarantineAfter = QuarantineAfter ?? defaults.QuarantineAfter,
        RevokeAfter = RevokeAfter ?? defaults.RevokeAfter,
        RemoveAfter = RemoveAfter ?? defaults.RemoveAfter,
    };

    /// <summary><paramref name="builtIn"/> with what is said here in place of its own.</summary>
    public EffectivePolicy Apply(EffectivePolicy builtIn) => builtIn with
    {
        Lifetime = Lifetime ?? builtIn.Lifetime,
        RotateBefore = RotateBefore ?? builtIn.RotateBefore,
        Overlap = Overlap ?? builtIn.Overlap,
        Slack = Slack ?? builtIn.Slack,
        QuietPeriod = QuietPeriod ?? builtIn.QuietPeriod,
        OnExpired = OnExpired ?? builtIn.OnExpired,
        AllowCutover = AllowCutover ?? builtIn.AllowCutover,
        FreeAfter = FreeAfter ?? builtIn.FreeAfter,
        DisableSuperseded = DisableSuperseded ?? builtIn.DisableSuperseded,
        EndSessions = EndSessions ?? builtIn.EndSessions,
        Owner = Owner ?? builtIn.Owner,
        Windows = Windows ?? builtIn.Windows,
        Freezes = Freezes ?? builtIn.Freezes,
        UnusedAfter = UnusedAfter ?? builtIn.UnusedAfter,
        AttestEvery = AttestEvery ?? builtIn.AttestEvery,
        RemoveNeglected = RemoveNeglected ?? builtIn.RemoveNeglected,
        CurtailOverPrivileged = CurtailOverPrivileged ?? builtIn.CurtailOverPrivileged,
        QuarantineAfter = QuarantineAfter ?? builtIn.QuarantineAfter,
        RevokeAfter = RevokeAfter ?? builtIn.RevokeAfter,
        RemoveAfter = RemoveAfter ?? builtIn.RemoveAfter,
    };
}
