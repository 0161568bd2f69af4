namespace Nhi.Governance.Sweeps.Removal;

/// <summary>What was said about a credential's removal: derived from evidence, and remembered by the table <c>Removals</c> until the index knows it too. Instants UTC.</summary>
public sealed record RemovalHistory
{
    public static readonly RemovalHistory Nothing = new();

    /// <summary>The last notice to its owner.</summary>
    public RemovalNotice? Told { get; init; }

    /// <summary>The last word of a person who keeps it.</summary>
    public RemovalKeep? Kept { get; init; }

    /// <summary>When a removal that was only told was given up.</summary>
    public DateTimeOffset? Dropped { get; init; }

    /// <summary>When it last came back from quarantine.</summary>
    public DateTimeOffset? Restored { get; init; }

    /// <summary>The notice that is in force: nothing ended it since.</summary>
    public RemovalNotice? Standing => Told is { } told && !(Dropped >= told.At) && !(Restored >= told.At) && !(Kept?.At >= told.At) ? told : null;

    /// <summary>The later of each.</summary>
    public RemovalHistory With(RemovalHistory other) => new()
    {
        Told = other.Told is { } told && !(Told?.At >= told.At) ? told : Told,
        Kept = other.Kept is { } kept && !(Kept?.At >= kept.At) ? kept : Kept,
        Dropped = Later(Dropped, other.Dropped),
        Restored = Later(Restored, other.Restored),
    };

    public bool IsKept(DateTimeOffset now) => Kept is { } kept && kept.Until > now;

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;
}

/// <summary>Its owner was told; <paramref name="Until"/>: not quarantined before, as the notice says; <paramref name="Record"/>: its blob name.</summary>
public sealed record RemovalNotice(DateTimeOffset At, DateTimeOffset Until, string Record)
{
    /// <summary>After so long nobody takes it any more, and its owner is told once more: the longest window of a digest, and a day for whoever mends what it goes through.</summary>
    public static readonly TimeSpan Fades = TimeSpan.FromDays(2);

    /// <summary>When it was handed over, as evidence says; null: that is not known, or nobody looked yet.</summary>
    public DateTimeOffset? Taken { get; init; }

    /// <summary>When its owner's time is over: it begins when the notice was handed over. A longer wait in the policy counts at once, a shorter one from the next notice on.</summary>
    public DateTimeOffset Due(TimeSpan notice) => (Taken ?? At) + (notice > Until - At ? notice : Until - At);
}

/// <summary>A person keeps it until then, and says why.</summary>
public sealed record RemovalKeep(DateTimeOffset At, DateTimeOffset Until, string By, string Why, string Record);
