using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Nobody is known to have read it, in a log that reaches back long enough to say so.</summary>
public sealed class NeverUsed : ISignal<CredentialView>
{
    public string Name => SignalNames.NeverUsed;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.IsBreakGlass || view.Uses.Count > 0)
            return SignalVerdict.NotSo;
        if (view.UseKnown is not { } known)
            return SignalVerdict.NotLooked;
        if (SignalText.After(view.Made, view.Policy.UnusedAfter) > known.To)
            return SignalVerdict.NotSo;
        return SignalText.After(known.From, view.Policy.UnusedAfter) > known.To
            ? SignalVerdict.NotLooked
            : SignalVerdict.So(
                SignalScore.Of(25, view),
                $"If nobody needs it, let it be removed; else say so: nhi keep {view.Swept.Id} --until DATE --reason WHY, or tag it {SignalTags.BreakGlass}: true.",
                $"Made {SignalText.At(view.Made)}.",
                $"No read is known, and all reads of its vault are known since {SignalText.At(known.From)}.");
    }
}
