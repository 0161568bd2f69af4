namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>What is next for one role: a step (<paramref name="Verb"/>, one of <see cref="CurtailmentVerbs"/>), or none yet.</summary>
/// <param name="Verb">Null: nothing now.</param>
/// <param name="Why">For the record, or for whoever asks why nothing happens; null where there is nothing to say.</param>
/// <param name="Until">When it is looked at again for sure.</param>
internal sealed record CurtailmentMove(string? Verb, string? Why = null, DateTimeOffset? Until = null)
{
    public static CurtailmentMove Wait(string? why, DateTimeOffset? until = null) => new(null, why, until);
}
