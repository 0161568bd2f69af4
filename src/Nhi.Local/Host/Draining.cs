using Microsoft.Extensions.Hosting;

namespace Nhi.Local.Hosting;

/// <summary>Ends the host in order: as soon as it is to stop nothing new is called, and it is not over before what is under way is.</summary>
internal sealed class Draining(Invocations invocations, FunctionHostOptions options, IHostApplicationLifetime lifetime) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => invocations.Drain(options.Grace));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await invocations.WhenIdleAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A function that ignores its token: the process ends, and that is what every function has to survive.
        }
    }
}
