using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Signals.Rules;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>The signals that <see cref="SignalSweep"/> judges: what a list, a log, a directory or a look of the engine shows, that an attestation is due, and its lapse.</summary>
public static class SignalRules
{
    public static readonly IReadOnlyList<ISignal<CredentialView>> OfCredentials =
    [
        new NoOwner(), new OwnerLeft(), new ResourceGone(), new WorkloadGone(), new NeverUsed(), new Unused(), new NoExpiry(), new LifeTooLong(), new OldVersionEnabled(), new NoPolicy(),
        new ReusedValue(), new Expired(), new ExpiredAccepted(), new PublishedRefused(), new RotationWaits(), new QuarantineStands(), new AttestationDue(), new AttestationLapsed(),
    ];

    public static readonly IReadOnlyList<ISignal<ResourceView>> OfResources = [new Shadow(), new OverPrivileged()];

    /// <summary>The verdicts on a credential; one that is over breaks nothing any more.</summary>
    public static IReadOnlyList<(string Signal, SignalVerdict Verdict)> Judge(CredentialView view) =>
        [.. OfCredentials.Select(signal => (signal.Name, view.IsOver ? SignalVerdict.NotSo : signal.Judge(view)))];

    /// <summary>The verdicts on a resource.</summary>
    public static IReadOnlyList<(string Signal, SignalVerdict Verdict)> Judge(ResourceView view) =>
        [.. OfResources.Select(signal => (signal.Name, signal.Judge(view)))];

    /// <summary>What is so, as findings about a credential.</summary>
    public static IReadOnlyList<Finding> FindingsOf(CredentialView view, IEnumerable<(string Signal, SignalVerdict Verdict)> verdicts) =>
    [
        .. verdicts.Where(judged => judged.Verdict.IsSo).Select(judged => Of(judged.Signal, view.Swept.Id.ToString(), judged.Verdict) with
        {
            Credential = view.Swept.Id,
            Resource = view.Swept.Resource,
            Kind = view.Swept.Kind,
            Owner = view.Owner?.Chosen?.Address,
        }),
    ];

    /// <summary>What is so, as findings about a resource.</summary>
    public static IReadOnlyList<Finding> FindingsOf(ResourceView view, IEnumerable<(string Signal, SignalVerdict Verdict)> verdicts) =>
    [
        .. verdicts.Where(judged => judged.Verdict.IsSo).Select(judged => Of(judged.Signal, view.Swept.Id.Value, judged.Verdict) with
        {
            Credential = view.Secrets is [var first, ..] ? first.Id : null,
            Resource = view.Swept.Id,
            Kind = view.Swept.Kind,
            Owner = view.Owner,
        }),
    ];

    private static Finding Of(string signal, string subject, SignalVerdict verdict) =>
        new() { Signal = signal, Subject = subject, Severity = verdict.Severity!, Score = verdict.Score, Facts = verdict.Facts, Remedy = verdict.Remedy };
}
