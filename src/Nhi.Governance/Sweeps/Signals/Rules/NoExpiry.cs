using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Its current version works for ever.</summary>
public sealed class NoExpiry : ISignal<CredentialView>
{
    public string Name => SignalNames.NoExpiry;

    public SignalVerdict Judge(CredentialView view) => view.Swept.Newest is { Enabled: true, Expires: null }
        ? SignalVerdict.So(
            SignalScore.Of(20, view),
            view.Policy.Enforced ? $"The next look of SweepDue gives it an end: nhi plan {view.Swept.Id}." : $"Set an expiry date, or let a rule enforce it: nhi policy explain {view.Swept.Id}.",
            $"{SignalText.Of(view.Current)}, has no end.")
        : SignalVerdict.NotSo;
}
