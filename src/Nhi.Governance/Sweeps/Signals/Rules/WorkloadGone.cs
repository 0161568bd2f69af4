using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>What used it, by its tag <c>nhi-workload</c>, is deleted. A disabled one may come back; without the tag nobody claims anything.</summary>
public sealed class WorkloadGone : ISignal<CredentialView>
{
    public string Name => SignalNames.WorkloadGone;

    public SignalVerdict Judge(CredentialView view) => (view.Workload, view.WorkloadState) switch
    {
        (null, _) => SignalVerdict.NotSo,
        (_, null or PrincipalState.Unknown) => SignalVerdict.NotLooked,
        (var workload, PrincipalState.Deleted) => SignalVerdict.So(
            SignalScore.Of(35, view),
            $"If nothing else uses it (nhi users {view.Swept.Id}), let it be removed; else correct the tag {SignalTags.Workload}.",
            $"The workload {workload} is deleted."),
        _ => SignalVerdict.NotSo,
    };
}
