namespace Nhi.Governance.Sweeps.Signals;

/// <summary>What a signal says of a view: nothing (it could not look, which is no "not so"), that it is not so, or that it is.</summary>
public sealed record SignalVerdict
{
    private SignalVerdict(bool judged) => IsJudged = judged;

    public static readonly SignalVerdict NotLooked = new(false);
    public static readonly SignalVerdict NotSo = new(true);

    public bool IsJudged { get; }

    /// <summary>Null unless it is so.</summary>
    public string? Severity { get; private init; }
    public int Score { get; private init; }

    /// <summary>Instants and names, never an age: the same facts a second time are no news.</summary>
    public IReadOnlyList<string> Facts { get; private init; } = [];
    public string Remedy { get; private init; } = "";
    public bool IsSo => Severity is not null;

    public static SignalVerdict So(SignalScore score, string remedy, params IReadOnlyList<string> facts) =>
        new(true) { Severity = score.Severity, Score = score.Value, Facts = facts, Remedy = remedy };
}
