using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Its owner is asked whether it is still needed, before the time that the policy gives is over: the outbox carries the question, a confirmation ends it.</summary>
public sealed class AttestationDue : ISignal<CredentialView>
{
    /// <summary>So long before is asked, and where the policy asks often, half of its time before.</summary>
    private static readonly TimeSpan _ahead = TimeSpan.FromDays(14);

    /// <summary>It is a question: nothing is wrong yet.</summary>
    private const int Score = 15;

    public string Name => SignalNames.AttestationDue;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.Policy.AttestEvery is not { } every || AttestationLapsed.DueAt(view.Policy, view.Swept.FirstSeen, view.Confirmed?.At) is var due && (due <= view.Now || due - Ahead(every) > view.Now))
            return SignalVerdict.NotSo;
        return SignalVerdict.So(
            new SignalScore(Score),
            $"If it is still needed, its owner says so: nhi owner confirm {view.Swept.Id}.",
            $"Wanted until {SignalText.At(due)}: the rule '{view.Policy.Rule}' asks every {Iso8601Duration.Format(every)}.",
            view.Confirmed is { } last ? $"Last confirmed {SignalText.At(last.At)} by {last.By}." : $"Never confirmed; first seen {SignalText.At(view.Swept.FirstSeen)}.");
    }

    private static TimeSpan Ahead(TimeSpan every) => every / 2 < _ahead ? every / 2 : _ahead;
}
