using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Nhi.Local.Hosting;

/// <summary>What became of one call of a function.</summary>
public enum InvocationResult
{
    /// <summary>It returned.</summary>
    Done,

    /// <summary>It threw; the log says what.</summary>
    Threw,

    /// <summary>It was not called: the host is stopping.</summary>
    Refused,
}

/// <summary>
/// Calls functions, each in a scope of its own, and counts those under way. After <see cref="Drain"/> it calls none; those under way are given their time, then their token is cancelled.
/// </summary>
public sealed partial class Invocations(IServiceScopeFactory scopes, ILogger<Invocations> log) : IDisposable
{
    private readonly CancellationTokenSource ended = new();
    private readonly Lock guard = new();
    private TaskCompletionSource? idle;
    private int inFlight;
    private bool draining;

    /// <summary>How many calls are under way.</summary>
    public int InFlight
    {
        get
        {
            lock (guard)
                return inFlight;
        }
    }

    /// <summary>No call is under way.</summary>
    public bool IsIdle => InFlight == 0;

    /// <summary>The host is stopping: nothing is called any more.</summary>
    public bool IsDraining
    {
        get
        {
            lock (guard)
                return draining;
        }
    }

    /// <summary>
    /// Calls a function with what its trigger brings. <paramref name="after"/> gets what it returned and belongs to the call. Never throws what the function throws.
    /// </summary>
    public Task<InvocationResult> InvokeAsync(HostedFunction function, object value, Func<object?, Task>? after = null)
        => TryEnter() ? EnteredAsync(function, value, after) : Task.FromResult(InvocationResult.Refused);

    /// <summary>As <see cref="InvokeAsync"/>, but the call waits at <paramref name="gate"/> first; it counts as under way from the beginning.</summary>
    public async Task<InvocationResult> InvokeBehindAsync(SemaphoreSlim gate, HostedFunction function, object value)
    {
        if (!TryEnter())
            return InvocationResult.Refused;
        await gate.WaitAsync(CancellationToken.None);
        try
        {
            return await EnteredAsync(function, value, after: null);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>From now on nothing is called; what is under way after <paramref name="grace"/> is cancelled.</summary>
    public void Drain(TimeSpan grace)
    {
        lock (guard)
            draining = true;
        ended.CancelAfter(grace);
    }

    /// <summary>Done as soon as no call is under way.</summary>
    public Task WhenIdleAsync(CancellationToken ct)
    {
        lock (guard)
        {
            if (inFlight == 0)
                return Task.CompletedTask;
            idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return idle.Task.WaitAsync(ct);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ended.Dispose();

    private async Task<InvocationResult> EnteredAsync(HostedFunction function, object value, Func<object?, Task>? after)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            object? returned = await CallAsync(scope.ServiceProvider, function, value, ended.Token);
            if (after is not null)
                await after(returned);
            return InvocationResult.Done;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Failed(log, e, function.Name);
            return InvocationResult.Threw;
        }
        finally
        {
            Leave();
        }
    }

    private static async Task<object?> CallAsync(IServiceProvider services, HostedFunction function, object value, CancellationToken ct)
    {
        object instance = ActivatorUtilities.CreateInstance(services, function.Method.DeclaringType!);
        object?[] arguments = [.. function.Method.GetParameters().Select(parameter => parameter.ParameterType == typeof(CancellationToken) ? ct : value)];
        var task = (Task)function.Method.Invoke(instance, System.Reflection.BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
        await task;
        return task is Task<Microsoft.AspNetCore.Http.IResult> result ? await result : null;
    }

    private bool TryEnter()
    {
        lock (guard)
        {
            if (draining)
                return false;
            inFlight++;
            return true;
        }
    }

    private void Leave()
    {
        lock (guard)
        {
            if (--inFlight > 0)
                return;
            idle?.SetResult();
            idle = null;
        }
    }

    [LoggerMessage(7001, LogLevel.Error, "The function {Function} threw.")]
    private static partial void Failed(ILogger log, Exception exception, string function);
}
