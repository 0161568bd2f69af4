using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Its owner has not confirmed in time that it is still needed, where the policy asks for that.</summary>
public sealed class AttestationLapsed : ISignal<CredentialView>
{
    public string Name => SignalNames.AttestationLapsed;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.Policy.AttestEvery is not { } every || DueAt(view.Policy, view.Swept.FirstSeen, view.Confirmed?.At) > view.Now)
            return SignalVerdict.NotSo;
        return SignalVerdict.So(
            SignalScore.Of(15, view),
            $"Its owner confirms it: nhi owner confirm {view.Swept.Id}. If nobody does, let it be removed.",
            view.Confirmed is { } last ? $"Last confirmed {SignalText.At(last.At)} by {last.By}." : $"Never confirmed; first seen {SignalText.At(view.Swept.FirstSeen)}.",
            $"The rule '{view.Policy.Rule}' asks every {Iso8601Duration.Format(every)}.");
    }

    /// <summary>When the next confirmation is due; the end of time where the policy never asks.</summary>
    public static DateTimeOffset DueAt(EffectivePolicy policy, DateTimeOffset firstSeen, DateTimeOffset? confirmed) =>
        policy.AttestEvery is { } every ? SignalText.After(confirmed ?? firstSeen, every) : DateTimeOffset.MaxValue;
}
