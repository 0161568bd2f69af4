using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Signals.Rules;

/// <summary>What is due on it stands still until a person acts, and its end comes nearer all the same. A wait that heals by itself is none.</summary>
public sealed class RotationWaits : ISignal<CredentialView>
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan Now = TimeSpan.FromDays(3);

    public string Name => SignalNames.RotationWaits;

    public SignalVerdict Judge(CredentialView view)
    {
        // Nothing is done about what is put aside, nor, unless it is marked, where the rule only observes: nothing waits.
        if (!view.Current.Enabled || !(view.Policy.Enforced || view.Current.MarkRecord is not null))
            return SignalVerdict.NotSo;
        if (view.Wait is not { } wait)
            return view.WaitsKnown ? SignalVerdict.NotSo : SignalVerdict.NotLooked;
        // Of another version, which one of the two has not seen yet.
        if (view.VersionsKnown && wait.Version != view.Current.Version)
            return SignalVerdict.NotLooked;
        return SignalVerdict.So(
            SignalScore.Of(Harm(wait.Ends - view.Now), view),
            wait.Remedy,
            $"{wait.Verb} waits since {SignalText.At(wait.Since)}: {wait.Reason}. {wait.Why}",
            wait.Ends is { } ends ? $"What it publishes ends {SignalText.At(ends)}." : "What it publishes has no end.");
    }

    /// <summary>In steps, so that what is unchanged is told again only when its end has come a step nearer.</summary>
    private static int Harm(TimeSpan? left) => left switch
    {
        null => 15,
        { } past when past <= TimeSpan.Zero => 60,
        { } days when days <= Now => 50,
        { } days when days <= Soon => 30,
        _ => 15,
    };
}
