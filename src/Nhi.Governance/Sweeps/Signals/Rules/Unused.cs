using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>It was read once, and not for as long as the policy allows. Where the log was silent since the last read, that time does not count.</summary>
public sealed class Unused : ISignal<CredentialView>
{
    public string Name => SignalNames.Unused;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.IsBreakGlass)
            return SignalVerdict.NotSo;
        if (view.UseKnown is not { } known)
            return SignalVerdict.NotLooked;
        if (view.Uses.Count == 0)
            return SignalVerdict.NotSo;
        var last = view.Uses.MaxBy(use => use.Last)!;
        if (SignalText.After(last.Last, view.Policy.UnusedAfter) > known.To)
            return SignalVerdict.NotSo;
        return known.HeardSince(last.Last) < view.Policy.UnusedAfter
            ? SignalVerdict.NotLooked
            : SignalVerdict.So(
                SignalScore.Of(20, view),
                $"Ask {last.Name ?? last.Principal} whether it is still needed. If not, let it be removed; else: nhi keep {view.Swept.Id} --until DATE --reason WHY.",
                $"Last read {SignalText.At(last.Last)} by {last.Name ?? last.Principal}.");
    }
}
