namespace Nhi.Governance.Sweeps.Signals;

/// <summary>One rule about one view. Pure: the same view gives the same verdict.</summary>
public interface ISignal<in TView>
{
    /// <summary>One of <see cref="Findings.SignalNames"/>.</summary>
    string Name { get; }

    SignalVerdict Judge(TView view);
}
