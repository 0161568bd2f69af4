using Nhi.Local.Wire;

namespace Nhi.Local.Demo.Story;

/// <summary>Kills the host at the first secret that Entra adds: the effect is there, and not one byte of the answer has left.</summary>
internal sealed class KillAtMint(Stage stage) : IWireTap
{
    private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int fired;

    public bool Fired => Volatile.Read(ref fired) == 1;

    /// <summary>Ends when the host is gone: a signal that was sent is not yet a process that has ended.</summary>
    public Task Gone => gone.Task;

    public ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation) => ValueTask.CompletedTask;

    public async ValueTask AfterAsync(WireRequest request, CancellationToken cancellation)
    {
        if (request.Service == "graph" && request.Path.Contains("addPassword", StringComparison.Ordinal) && Interlocked.Exchange(ref fired, 1) == 0)
            await KillAsync();
    }

    private async Task KillAsync()
    {
        try
        {
            await stage.KillAsync();
            gone.SetResult();
        }
        catch (Exception e)
        {
            gone.SetException(e);
            throw;
        }
    }
}
