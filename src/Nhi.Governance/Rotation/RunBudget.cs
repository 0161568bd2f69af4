using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation;

/// <summary>
/// Blast radius of one run of a timer: how many unmarked kills it has made. An event has none: whoever can send events by the hundred must not have hundreds killed at once, and the timers come within minutes.
/// </summary>
internal sealed class RunBudget
{
    public static readonly RunBudget OfAnEvent = new() { _none = true };

    private bool _none;

    public int Kills { get; private set; }

    /// <summary>True while one more kill may begin.</summary>
    public bool Allows(EffectivePolicy policy) => !_none && Kills < policy.KillsPerRun;

    public void Killed() => Kills++;
}
