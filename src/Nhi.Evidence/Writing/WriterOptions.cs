using Nhi.Evidence.Records;

namespace Nhi.Evidence.Writing;

/// <summary>How long a writer tries, in real time.</summary>
public sealed record WriterOptions
{
    /// <summary>An intent that is not durable by then is refused: the trigger comes again.</summary>
    public TimeSpan GiveUpIntent { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An outcome: the effect has happened, so it is worth waiting for. The lease of the row ends the hold, not this.</summary>
    public TimeSpan GiveUpOutcome { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>After that the bytes are made anew, with a new <c>recorded</c> and <c>late</c>: the verifier allows five minutes between <c>recorded</c> and creation.</summary>
    public TimeSpan Rebuild { get; init; } = TimeSpan.FromSeconds(200);

    /// <summary>The first wait after a lost answer; doubles up to <see cref="LongestWait"/>.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(400);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the hint for the sequencer may take.</summary>
    public TimeSpan PendingHint { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Names tried beside a squatted one.</summary>
    public int NamesBeside { get; init; } = 8;

    public GuardMode Guard { get; init; } = GuardMode.Withhold;
}
