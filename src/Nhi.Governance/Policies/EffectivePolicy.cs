namespace Nhi.Governance.Policies;

/// <summary>
/// What the policy says about one credential: the first rule that matches, with the defaults filled in. Durations are exact.
/// A later <c>IsDue</c> uses these and the instant, nothing else.
/// </summary>
public sealed record EffectivePolicy
{
    /// <summary>The rule's name; <c>default</c> when no rule matched.</summary>
    public required string Rule { get; init; }

    /// <summary>Lower-case hex SHA-256 of the policy's text.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What made the rule match, e.g. <c>vault kv1.vault.azure.net</c>, <c>tag team=payroll</c>.</summary>
    public IReadOnlyList<string> Why { get; init; } = [];

    /// <summary>True only where the rule says <c>mode: enforce</c>.</summary>
    public bool Enforced { get; init; }

    /// <summary>How long a version may live.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long before its end it is rotated.</summary>
    public TimeSpan RotateBefore { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a superseded credential goes on living for consumers that have not read the new one.</summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Room for what goes wrong: life less rotate-before is longer than overlap and slack.</summary>
    public TimeSpan Slack { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Quiet period: no kill within this time of a known use.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromDays(1);

    public ExpiredAction OnExpired { get; init; } = ExpiredAction.Rotate;

    /// <summary>True when a kind without overlap may be cut over (inside a window).</summary>
    public bool AllowCutover { get; init; }

    /// <summary>A slot that no secret in scope has carried for this long counts as free; null: a person must say so.</summary>
    public TimeSpan? FreeAfter { get; init; }

    /// <summary>Retire kinds: true when a superseded version is disabled after its overlap.</summary>
    public bool DisableSuperseded { get; init; }

    /// <summary>Pairs: true when a closed role's sessions are ended.</summary>
    public bool EndSessions { get; init; }

    /// <summary>Owner where no tag names one.</summary>
    public string? Owner { get; init; }

    /// <summary>Recurring times in which something may begin; none = always.</summary>
    public IReadOnlyList<MaintenanceWindow> Windows { get; init; } = [];

    /// <summary>Times in which nothing begins.</summary>
    public IReadOnlyList<Freeze> Freezes { get; init; } = [];

    /// <summary>A credential that nobody is known to have used for this long is unused.</summary>
    public TimeSpan UnusedAfter { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How often its owner has to confirm that it is still needed; null: never asked.</summary>
    public TimeSpan? AttestEvery { get; init; }

    /// <summary>True when neglected credentials are quarantined, revoked and removed; it takes <see cref="Enforced"/> too.</summary>
    public bool RemoveNeglected { get; init; }

    /// <summary>True when a wide role at a wide scope of the identity that it opens is taken away; it takes <see cref="Enforced"/> too, and an identity of the product's that may (<c>Nhi__Identities__Curtailer</c>).</summary>
    public bool CurtailOverPrivileged { get; init; }

    /// <summary>Between the owner's notice and the quarantine, or the end of a wide role.</summary>
    public TimeSpan QuarantineAfter { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Between the quarantine and the revocation.</summary>
    public TimeSpan RevokeAfter { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Between the revocation and the removal.</summary>
    public TimeSpan RemoveAfter { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Mints an hour, over the whole product.</summary>
    public int MintsPerHour { get; init; } = 20;

    /// <summary>Kills in one run of a timer, over the whole product; events kill only what is marked.</summary>
    public int KillsPerRun { get; init; } = 50;

    /// <summary>Credentials put into quarantine and wide roles taken away in one day (UTC), over the whole product.</summary>
    public int QuarantinesPerDay { get; init; } = 5;

    /// <summary>True when something may begin now: inside a window (if there are any) and outside every freeze.</summary>
    public bool MayBegin(DateTimeOffset now) => (Windows.Count == 0 || Windows.Any(window => window.Contains(now))) && !Freezes.Any(freeze => freeze.Contains(now));
}

/// <summary>What becomes of a current version that has expired.</summary>
public enum ExpiredAction
{
    /// <summary>It is an overdue rotation.</summary>
    Rotate,

    /// <summary>It is killed and disabled.</summary>
    Revoke,

    /// <summary>It is a finding.</summary>
    Report,
}
