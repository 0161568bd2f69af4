using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>Its current version lives longer than the policy allows.</summary>
public sealed class LifeTooLong : ISignal<CredentialView>
{
    /// <summary>An end is set before the service stamps the creation.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromHours(1);

    public string Name => SignalNames.LifeTooLong;

    public SignalVerdict Judge(CredentialView view) => view.Swept.Newest is { Enabled: true, Expires: { } end } newest && end > SignalText.After(Start(newest), view.Policy.Lifetime + Tolerance)
        ? SignalVerdict.So(
            SignalScore.Of(20, view),
            view.Policy.Enforced ? $"The next look of SweepDue shortens it: nhi plan {view.Swept.Id}." : $"Shorten it or rotate it, or let a rule enforce it: nhi policy explain {view.Swept.Id}.",
            $"{SignalText.Of(view.Current)}, ends {SignalText.At(end)}.",
            $"The rule '{view.Policy.Rule}' allows {Policies.Iso8601Duration.Format(view.Policy.Lifetime)}.")
        : SignalVerdict.NotSo;

    /// <summary>A version that others made and we took under policy gets its end counted from then, never at once; one that we made counts from its creation, whoever changes it later.</summary>
    private static DateTimeOffset Start(CredentialVersion version) => version.Nhi is { Op: not null, Rotation: null } ? version.Updated : version.Created;
}
