using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;

namespace Nhi.Simulation.Tests.World;

/// <summary>Hears what a run that isolates its parts only logs: an exception that no trouble of the world explains is a breach.</summary>
internal sealed class SimLogger<T>(SimWorld world) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null and not (ExternalCallException or EvidenceRefusedException or RowHeldException or HoldLostException))
            world.Breach($"unexpected {exception.GetType().Name}: {exception.Message} {exception.StackTrace}");
        if (world.Verbose)
            world.Log(formatter(state, exception) + (exception is null ? "" : ": " + exception.Message));
    }
}
