using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>What is next: a step (<paramref name="Verb"/>, one of <see cref="RemovalVerbs"/>), or none yet.</summary>
/// <param name="Verb">Null: nothing now.</param>
/// <param name="Why">For the record, or for whoever asks why nothing happens; null where there is nothing to say.</param>
/// <param name="Until">When it is looked at again for sure.</param>
internal sealed record RemovalMove(string? Verb, string? Why = null, DateTimeOffset? Until = null)
{
    public static readonly RemovalMove Nothing = new((string?)null);

    /// <summary>The reads that bring it back.</summary>
    public IReadOnlyList<UseFact> Reads { get; init; } = [];

    /// <summary>True where it goes on with a step that has begun: no cap, pause or window binds it.</summary>
    public bool Begun { get; init; }

    public static RemovalMove Wait(string? why, DateTimeOffset? until = null) => new(null, why, until);
}
