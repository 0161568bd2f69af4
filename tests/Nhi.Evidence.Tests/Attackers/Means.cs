namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What somebody can do to the evidence, one right each.</summary>
[Flags]
internal enum Means
{
    None = 0,

    /// <summary>Creates blobs under <c>records/</c>.</summary>
    CreateRecords = 1,

    /// <summary>Creates blobs under <c>log/</c>.</summary>
    CreateLog = 2,

    /// <summary>Creates blobs anywhere else.</summary>
    CreateBeside = 4,

    /// <summary>Holds a certified producer's key.</summary>
    SignRecords = 8,

    /// <summary>Has the log key sign what it wants.</summary>
    SignLog = 16,

    /// <summary>Has the log key refuse everybody.</summary>
    DisableKey = 32,

    /// <summary>Writes and deletes rows of tables, and tiles.</summary>
    Derived = 64,

    /// <summary>Sets what the control plane lets it set.</summary>
    ControlPlane = 128,

    /// <summary>Keeps every sequencer from running.</summary>
    StopSequencers = 256,

    /// <summary>Changes credentials at the platform.</summary>
    Platform = 512,

    /// <summary>Changes and deletes blobs: only before the policy is locked, or in a copy.</summary>
    Overwrite = 1_024,
}

/// <summary>An attacker, and what it holds.</summary>
internal sealed record Attacker(string Name, Means Means)
{
    internal static IReadOnlyList<Attacker> All { get; } =
    [
        new("contributor", Means.CreateRecords | Means.CreateLog | Means.CreateBeside | Means.Derived | Means.ControlPlane),
        new("key vault admin", Means.SignLog | Means.DisableKey),
        new("stolen writer", Means.CreateRecords | Means.SignRecords | Means.Platform),
        new("stolen sequencer", Means.CreateLog | Means.SignLog),
        new("table owner", Means.Derived),
        new("stopped sequencers", Means.StopSequencers),
        new("storage before the lock", Means.Overwrite | Means.CreateRecords | Means.CreateLog | Means.CreateBeside),
    ];

    /// <summary>By turns one of the teams and one of the rights, each in its order; or the one of that name.</summary>
    internal static Attacker OfSeed(int seed, string? team) => team is not null ? Teams.Concat(Rights).Single(one => one.Name == team)
        : seed % 2 == 0 ? Teams[seed / 2 % Teams.Count] : Rights[seed / 2 % Rights.Count];

    /// <summary>Nobody, each attacker alone, and each pair.</summary>
    internal static IReadOnlyList<Attacker> Teams { get; } =
    [
        new("nobody", Means.None),
        .. All,
        .. All.SelectMany((left, i) => All.Skip(i + 1).Select(right => new Attacker($"{left.Name} + {right.Name}", left.Means | right.Means))),
    ];

    /// <summary>Each right alone that is one to do anything, and each pair of rights: so ordered that each right comes up early.</summary>
    internal static IReadOnlyList<Attacker> Rights { get; } = [.. RightsOf(Enum.GetValues<Means>()[1..])];

    private static IEnumerable<Attacker> RightsOf(Means[] all)
    {
        foreach (var one in all.Where(one => Deed.All.Any(deed => deed.Needs == one)))
            yield return new Attacker($"{one}", one);
        for (var apart = 1; apart < all.Length; apart++)
            for (var i = 0; i + apart < all.Length; i++)
                yield return new Attacker($"{all[i]} + {all[i + apart]}", all[i] | all[i + apart]);
    }
}
