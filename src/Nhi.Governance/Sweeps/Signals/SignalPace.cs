namespace Nhi.Governance.Sweeps.Signals;

/// <summary>
/// What one run of <see cref="SignalSweep"/> may take. <paramref name="AtOnce"/>: credentials or resources judged at once; <paramref name="Values"/>: values read, at most;
/// <paramref name="Minutes"/>: after so long it stops, and the next run goes on from there: a function ends after thirty, and the inventory runs before it.
/// </summary>
public sealed record SignalPace(int AtOnce = 8, int Values = 500, double Minutes = 15)
{
    public TimeSpan Longest => TimeSpan.FromMinutes(Minutes);
}
