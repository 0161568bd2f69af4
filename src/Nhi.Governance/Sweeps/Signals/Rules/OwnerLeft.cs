using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Who answered for it is disabled or deleted in the directory, and nobody else is named but a service, which answers nobody, or by the policy's default, which catches what nobody owns.</summary>
public sealed class OwnerLeft : ISignal<CredentialView>
{
    public string Name => SignalNames.OwnerLeft;

    public SignalVerdict Judge(CredentialView view)
    {
        if (view.Owner is not { } answer)
            return SignalVerdict.NotLooked;
        // About a mere name a directory that did not answer might say that it left.
        if (answer.All.Any(candidate => candidate is { Left: false, Type: not OwnerChoice.Service } && candidate.Via != OwnerSources.Policy && (view.OwnersAsked || candidate.Type != OwnerChoice.Text)))
            return SignalVerdict.NotSo;
        // A source that did not answer might name somebody who is there.
        if (!view.OwnersAsked)
            return SignalVerdict.NotLooked;
        return answer.All.Where(candidate => candidate.Left).MaxBy(candidate => candidate.Confidence) is not { } left
            ? SignalVerdict.NotSo
            : SignalVerdict.So(
                SignalScore.Of(40, view),
                $"Ask their team who took it over, then: nhi owner assign {view.Swept.Id} OWNER (best a group).",
                $"{left.Name ?? left.Id} ({left.Via}) is disabled or deleted in the directory.");
    }
}
