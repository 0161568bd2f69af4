using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>No source names anybody who answers for it. One that could not be asked might, or might know that a name is nobody's: then nothing is said.</summary>
public sealed class NoOwner : ISignal<CredentialView>
{
    public string Name => SignalNames.NoOwner;

    public SignalVerdict Judge(CredentialView view) => view.Owner switch
    {
        { Chosen: { } chosen } when view.OwnersAsked || chosen.Type != OwnerChoice.Text => SignalVerdict.NotSo,
        { Chosen: null } when view.OwnersAsked => SignalVerdict.So(
            SignalScore.Of(30, view),
            $"Find out who needs it, then: nhi owner assign {view.Swept.Id} OWNER.",
            "No tag, resource, application, resource group, Activity Log or policy names an owner.",
            $"First seen {SignalText.At(view.Swept.FirstSeen)}."),
        _ => SignalVerdict.NotLooked,
    };
}
