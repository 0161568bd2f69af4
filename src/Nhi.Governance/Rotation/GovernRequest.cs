using Nhi.Governance.Emergency;
using Nhi.Governance.Policies;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>A trigger, and what is asked beyond what the policy wants.</summary>
public sealed record GovernRequest(Trigger Trigger)
{
    /// <summary>A person wants the predecessor back.</summary>
    public bool Rollback { get; init; }

    /// <summary>A look under the row although the list shows nothing due: verify, see leftovers.</summary>
    public bool Look { get; init; }

    /// <summary>Marks that were written a moment ago and that no index knows yet.</summary>
    public IReadOnlyList<CompromiseMark> Marks { get; init; } = [];

    /// <summary>What one run of a timer shares over all that it looks at.</summary>
    internal RunBudget Budget { get; init; } = new();

    internal bool Forced(EffectivePolicy policy) => Marks.Count > 0 || Rollback || (Look && policy.Enforced);
}
