using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>No rule of the policy matches it: only the defaults are in force.</summary>
public sealed class NoPolicy : ISignal<CredentialView>
{
    /// <summary>The name of no rule: what <see cref="Policies.EffectivePolicy.Rule"/> says where none matched.</summary>
    public const string Default = "default";

    public string Name => SignalNames.NoPolicy;

    public SignalVerdict Judge(CredentialView view) => view.Policy.Rule == Default
        ? SignalVerdict.So(SignalScore.Of(10, view), $"Write a rule that matches it, or tag it: nhi policy explain {view.Swept.Id}.", "No rule of the policy matches it.")
        : SignalVerdict.NotSo;
}
