using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>What one run of <see cref="SignalSweep"/> has in common.</summary>
internal sealed record SweepRun
{
    public required Policy Policies { get; init; }
    public required IOwnerDirectory Directory { get; init; }
    public required LookBudget Values { get; init; }
    public required RunMemory Memory { get; init; }
    public required Trigger Trigger { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether it tells the log stream all that is due and open.</summary>
    public required bool Tells { get; init; }
    public required SignalReport Report { get; init; }

    /// <summary>Whether its time is over.</summary>
    public required Func<bool> IsOver { get; init; }

    /// <summary>Filled before anything is judged.</summary>
    public OpenFindings Open { get; } = new();
    public required AskedAgain Asked { get; init; }
}
