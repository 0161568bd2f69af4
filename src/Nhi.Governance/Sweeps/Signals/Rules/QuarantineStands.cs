using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>A person put it aside, the rule's wait is over, and no timer goes on from there: somebody has to decide.</summary>
public sealed class QuarantineStands : ISignal<CredentialView>
{
    public string Name => SignalNames.QuarantineStands;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.Swept.Newest.Enabled || RemovalTag.Of(view.Swept.Newest) is not { Step: RemovalStep.Quarantined, Person: true } tag)
            return SignalVerdict.NotSo;
        var over = SignalText.After(tag.Quarantined, view.Policy.RevokeAfter);
        return (over > tag.NotBefore ? over : tag.NotBefore) > view.Now
            ? SignalVerdict.NotSo
            : SignalVerdict.So(
                SignalScore.Of(30, view),
                $"Decide: nhi restore {view.Swept.Id} gives it back. If nobody needs it, revoke what it opens at its provider and delete the secret.",
                $"A person put it aside {SignalText.At(tag.Quarantined)} (nhi trace {tag.Op}), and no timer goes further.");
    }
}
