namespace Nhi.Governance.Rotation;

/// <summary>What became of one trigger.</summary>
public sealed record GovernReport
{
    public static readonly GovernReport Nothing = new();

    /// <summary>True when there is no such secret, or it is soft-deleted.</summary>
    public bool Gone { get; init; }

    /// <summary>True when it was acknowledged inside a back-off: the timer comes.</summary>
    public bool BackingOff { get; init; }

    /// <summary>True when an answer was lost: the row stays open and its next holder says what became of it.</summary>
    public bool AnswerLost { get; init; }

    /// <summary>Plans that ran, with their outcomes, in order.</summary>
    public IReadOnlyList<(Plan Plan, Outcome Outcome)> Done { get; init; } = [];

    /// <summary>What is due and has to wait.</summary>
    public IReadOnlyList<Waiting> Waiting { get; init; } = [];

    /// <summary>What happened once and somebody has to hear of, as the looks of the pass showed it; told before or not.</summary>
    public IReadOnlyCollection<Sighting> Sightings { get; init; } = [];

    /// <summary>How many intents of earlier attempts were closed.</summary>
    public int Reconciled { get; init; }
}
