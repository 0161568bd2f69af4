using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>What a verifier must say of a deed: one of these kinds, of that blob where it is one blob's.</summary>
internal sealed record Naming(string? Path, params LogFindingKind[] AnyOf)
{
    /// <summary>The log that it is found in.</summary>
    internal string? Log { get; init; }
}

/// <summary>Something that an attacker can do with the means that it takes.</summary>
/// <param name="Name">For the story of a failing seed.</param>
/// <param name="Needs">All of these.</param>
/// <param name="ActAsync">Does it; says how it must be named: nothing for what has no effect.</param>
/// <param name="MayCause">What may be found beside that, as a consequence.</param>
internal sealed record Deed(string Name, Means Needs, Func<AttackWorld, Random, Task<IReadOnlyList<Naming>>> ActAsync, params LogFindingKind[] MayCause)
{
    internal static readonly IReadOnlyList<Naming> NoEffect = [];

    /// <summary>Every deed there is.</summary>
    internal static IReadOnlyList<Deed> All { get; } = [.. Squatting.Deeds, .. LogThefts.Deeds, .. WriterThefts.Deeds, .. Disturbances.Deeds, .. Overwriting.Deeds];
}
