using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary>What became of an emergency. The mark stands as soon as there is a report: from then on the timers go on by themselves until the value is dead.</summary>
public sealed record EmergencyReport
{
    public required CredentialId Credential { get; init; }
    public required string Version { get; init; }

    /// <summary>What the provider calls it; null where the version's tag does not say.</summary>
    public string? Handle { get; init; }

    /// <summary>True when the value could be read, so that every other secret that holds it is known.</summary>
    public required bool ValueKnown { get; init; }

    /// <summary>The mark: blob name of its intent.</summary>
    public required string Record { get; init; }

    /// <summary>True when the version carries the mark's name.</summary>
    public bool Tagged { get; init; }

    /// <summary>True when the marked version was seen ended: read back as dead, or disabled where nothing lives at a provider, or superseded where the old value dies with the new.</summary>
    public bool Ended { get; init; }

    /// <summary>True when nothing goes on by itself: a person has to act (<see cref="Notes"/>, <see cref="Waiting"/>).</summary>
    public bool NeedsPerson { get; init; }
    public IReadOnlyList<(Plan Plan, Outcome Outcome)> Done { get; init; } = [];
    public IReadOnlyList<Waiting> Waiting { get; init; } = [];

    /// <summary>What did not work, and who goes on with it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
