using Nhi.Governance.Rotation;

namespace Nhi.Governance.Estate;

/// <summary>What a timer's run saw and did.</summary>
public sealed class SweepReport
{
    public int Observed { get; internal set; }
    public int Looked { get; internal set; }

    /// <summary>Plans that ran.</summary>
    public int Done { get; private set; }

    /// <summary>Resources that somebody else was working on.</summary>
    public int Held { get; internal set; }

    /// <summary>Vaults and credentials that could not be finished: the run was partial.</summary>
    public IList<string> Failures { get; } = [];
    public IList<Waiting> Waiting { get; } = [];
    public bool IsPartial => Failures.Count > 0;

    internal void Add(GovernReport report)
    {
        Done += report.Done.Count;
        foreach (var wait in report.Waiting)
            Waiting.Add(wait);
    }
}
