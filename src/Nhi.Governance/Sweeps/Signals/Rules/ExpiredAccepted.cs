using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>A version that has expired still opens its provider. Expiry is a date on a label: only the provider's answer after it says whether the value is dead.</summary>
public sealed class ExpiredAccepted : ISignal<CredentialView>
{
    public string Name => SignalNames.ExpiredAccepted;

    public SignalVerdict Judge(CredentialView view)
    {
        if (!view.VersionsKnown)
            return SignalVerdict.NotLooked;
        var expired = view.Swept.Versions.Where(version => version.Expires <= view.Now && version.Enabled && !version.IsDead).ToList();
        var verdicts = expired.Select(version => (Version: version, Verdict: ValueLook.VerdictOf(view.Swept, version))).ToList();
        var accepted = verdicts.Where(tried => tried.Verdict == Verification.Accepted).Select(tried => tried.Version).ToList();
        if (accepted.Count > 0)
            return SignalVerdict.So(
                SignalScore.Of(45, view),
                $"Rotate it, and let what is superseded be revoked: nhi plan {view.Swept.Id}, nhi debts.",
                [.. accepted.Select(version => $"{SignalText.Of(version)}, expired {SignalText.At(version.Expires!.Value)} and is accepted.")]);
        return verdicts.All(tried => tried.Verdict == Verification.Refused) ? SignalVerdict.NotSo : SignalVerdict.NotLooked;
    }
}
