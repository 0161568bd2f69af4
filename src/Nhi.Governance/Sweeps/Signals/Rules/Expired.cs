using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>What is published has expired, and its rule says <c>onExpired: report</c>: nothing rotates or revokes it, so a person has to know, whatever its provider says to it.</summary>
public sealed class Expired : ISignal<CredentialView>
{
    public string Name => SignalNames.Expired;

    public SignalVerdict Judge(CredentialView view) =>
        view.Policy.OnExpired == ExpiredAction.Report && view.Current is { Enabled: true, IsDead: false } current && current.Expires is { } end && end <= view.Now
            ? SignalVerdict.So(
                SignalScore.Of(40, view),
                "Its rule only reports it. Publish a new value, revoke it (nhi emergency), or let the rule rotate it: onExpired: rotate.",
                $"What it publishes expired {SignalText.At(end)}.")
            : SignalVerdict.NotSo;
}
