using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Nobody is known to have read it, in a log that was heard for long enough since to say so.</summary>
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
        return known.HeardSince(view.Made) < view.Policy.UnusedAfter
            ? SignalVerdict.NotLooked
            : SignalVerdict.So(
                SignalScore.Of(25, view),
                $"If nobody needs it, let it be removed; else say so: nhi keep {view.Swept.Id} --until DATE --reason WHY, or tag it {SignalTags.BreakGlass}: true.",
                $"Made {SignalText.At(view.Made)}.",
                view.Made >= known.From ? "No read is known, and all reads of its vault are known since it was made." : "No read is known, and its vault's log was heard for long enough since it was made to say so, or since it was first heard.");
    }
}
