using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Its provider refuses what it publishes: consumers are locked out.</summary>
public sealed class PublishedRefused : ISignal<CredentialView>
{
    public string Name => SignalNames.PublishedRefused;

    public SignalVerdict Judge(CredentialView view)
    {
        if (!view.VersionsKnown || view.Swept.VerifiedOf != view.Current.Version)
            return SignalVerdict.NotLooked;
        return view.Swept.Verified switch
        {
            Verification.Accepted => SignalVerdict.NotSo,
            // An expired one is meant to be refused; that it was not rotated is another matter.
            Verification.Refused when view.Current.Expires <= view.Now => SignalVerdict.NotSo,
            Verification.Refused => SignalVerdict.So(
                SignalScore.Of(60, view),
                $"A repair is due: nhi plan {view.Swept.Id}. If it does not help, look at the resource itself.",
                $"{SignalText.Of(view.Current)}, is refused by its provider."),
            _ => SignalVerdict.NotLooked,
        };
    }
}
