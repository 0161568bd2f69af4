using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Another secret publishes the same value and opens something else by it. Secrets of one resource publish the same by design.</summary>
public sealed class ReusedValue : ISignal<CredentialView>
{
    private const int Most = 20;

    public string Name => SignalNames.ReusedValue;

    public SignalVerdict Judge(CredentialView view)
    {
        if (!view.VersionsKnown || view.Swept.Fingerprint is null || view.Swept.FingerprintOf != view.Current.Version)
            return SignalVerdict.NotLooked;
        return view.SameValue.Count == 0
            ? SignalVerdict.NotSo
            : SignalVerdict.So(
                SignalScore.Of(50, view),
                $"Give each its own: rotate one of them (nhi plan {view.Swept.Id}), or let one secret serve both.",
                [.. view.SameValue.Order().Take(Most).Select(other => $"{other} publishes the same value.")]);
    }
}
