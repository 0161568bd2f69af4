using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>What it opens is not there any more, as its provider says.</summary>
public sealed class ResourceGone : ISignal<CredentialView>
{
    public string Name => SignalNames.ResourceGone;

    public SignalVerdict Judge(CredentialView view) => view.Resource?.Exists switch
    {
        null => SignalVerdict.NotLooked,
        true => SignalVerdict.NotSo,
        false => SignalVerdict.So(
            SignalScore.Of(20, view),
            $"If nothing will come back under that name, let it be removed; else say so: nhi keep {view.Swept.Id} --until DATE --reason WHY.",
            $"Its provider knows no {view.Resource.Id}."),
    };
}
