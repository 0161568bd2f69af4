using Microsoft.Extensions.Hosting;

namespace Nhi.Local.Hosting;

/// <summary>Lets the timers run by themselves: looks at the governance clock each second, since its file may have moved it.</summary>
internal sealed class TimerLoop(FunctionTimers timers) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        HashSet<Task> running = [];
        try
        {
            while (true)
            {
                await Task.Delay(Look, timers.Clock, stoppingToken);
                running.RemoveWhere(task => task.IsCompletedSuccessfully);
                running.Add(timers.StartDue());
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(running);
        }
    }
}
