using Nhi.Governance.Operations;

namespace Nhi.Governance.Operators;

/// <summary>A person waits a little while another instance works on the resource; the timers wait longer.</summary>
internal sealed class HeldRows(LeaseScale scale, TimeProvider clock)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Real time.</summary>
    private TimeSpan Patience => TimeSpan.FromSeconds(15) + (TimeSpan.FromMinutes(3) * Math.Min(scale.Factor, 1));

    /// <summary>Tries again while the row is held. Throws the last <see cref="RowHeldException"/> when patience ends.</summary>
    public async Task<T> TryAsync<T>(Func<Task<T>> attempt, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (RowHeldException) when (clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Step, clock, ct);
            }
        }
    }
}
