using Nhi.Governance.Rotation;

namespace Nhi.Governance.Estate;

/// <summary>What the engine keeps of one secret of a resource from look to look, so that what was told is no news. Where it is lost, what waits is learnt again, and what the versions still show is told once more.</summary>
public sealed record SecretNote
{
    /// <summary>What a person has to act on; null where nothing waits for one.</summary>
    public StandingWait? Wait { get; init; }

    /// <summary>What happened once and somebody was told of: <see cref="Sighting.Key"/>, the newest last.</summary>
    public IReadOnlyList<string> Told { get; init; } = [];

    public bool SaysTheSameAs(SecretNote other) => Wait == other.Wait && Told.SequenceEqual(other.Told, StringComparer.Ordinal);
}
