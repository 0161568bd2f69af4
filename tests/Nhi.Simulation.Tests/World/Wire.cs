using Nhi.Governance.Credentials;

namespace Nhi.Simulation.Tests.World;

/// <summary>What happens to one call on its way.</summary>
internal enum Fault
{
    None,

    /// <summary>The request never arrives; the caller hears a time-out.</summary>
    RequestLost,

    /// <summary>The effect happens; the answer does not arrive.</summary>
    AnswerLost,

    /// <summary>The caller hears a time-out; the effect happens later, within the settle window.</summary>
    Late,

    /// <summary>The service refuses at once, for now.</summary>
    Throttled,

    /// <summary>The service refuses for good: the identity has no right to it.</summary>
    Forbidden,

    /// <summary>The process dies before the request is sent.</summary>
    CrashBefore,

    /// <summary>The process dies after the effect, before the answer.</summary>
    CrashAfter,

    /// <summary>The process stops before the request is sent, longer than a lease, and wakes.</summary>
    FreezeBefore,

    /// <summary>The process stops before it hears the answer, longer than a lease, and wakes.</summary>
    FreezeAfter,
}

/// <summary>
/// Every call of a host to anything outside of itself: numbered, delayed, and exposed to faults. The effect and the answer are two events of the simulation.
/// </summary>
internal sealed class Wire(SimWorld world, string host)
{
    private static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(30);
    private bool _dead;
    private DateTimeOffset _frozenUntil;

    public bool IsDead => _dead;

    /// <summary>The process is gone: nothing of it runs any more, and what it sent and is under way still lands.</summary>
    public void Kill() => _dead = true;

    /// <param name="what">Service and verb, e.g. <c>vault.publish</c>.</param>
    /// <param name="changes">True for a change: a lost answer then may have happened.</param>
    /// <param name="effect">What the service does.</param>
    public Task<T> CallAsync<T>(string what, bool changes, Func<T> effect)
    {
        var source = new TaskCompletionSource<T>();
        if (_dead)
            return source.Task;
        var number = ++world.Calls;
        var asked = world.Clock.Now;
        var call = new Call(number, host, what, changes);
        world.Hears?.Invoke(call);
        var fault = world.FaultFor(call);
        world.Log($"#{number} {host} {what}{(fault == Fault.None ? "" : " " + fault)}");
        switch (fault)
        {
            case Fault.CrashBefore:
                world.Crash(host);
                return source.Task;
            case Fault.FreezeBefore:
                _frozenUntil = world.Clock.Now + world.FreezeTime();
                break;
            case Fault.Throttled:
                Later(world.Latency(), () => source.SetException(new ExternalCallException($"{what} is throttled.", false, true, "Throttled")));
                return source.Task;
            case Fault.Forbidden:
                Later(world.Latency(), () => source.SetException(new ExternalCallException($"{what} is forbidden.", false, false, "Forbidden")));
                return source.Task;
            case Fault.RequestLost:
                Later(TimeOut, () => source.SetException(new ExternalCallException($"{what} timed out.", changes, true, "Timeout")));
                return source.Task;
        }

        // A frozen process sends when it wakes.
        Later(TimeSpan.Zero, () => Send(what, changes, effect, source, fault, asked));
        return source.Task;
    }

    private void Send<T>(string what, bool changes, Func<T> effect, TaskCompletionSource<T> source, Fault fault, DateTimeOffset asked)
    {
        var delay = fault == Fault.Late ? world.Lateness() : world.Latency();
        if (fault == Fault.Late)
            Later(TimeOut, () => source.TrySetException(new ExternalCallException($"{what} timed out.", changes, true, "Timeout")));
        world.Clock.In(delay, () =>
        {
            world.Asked = asked;
            var answer = Effect(what, changes, effect);
            switch (fault)
            {
                case Fault.Late:
                    return;
                case Fault.AnswerLost:
                    Later(TimeOut, () => source.TrySetException(new ExternalCallException($"{what} timed out.", changes, true, "Timeout")));
                    return;
                case Fault.CrashAfter:
                    world.Crash(host);
                    return;
                case Fault.FreezeAfter:
                    _frozenUntil = world.Clock.Now + world.FreezeTime();
                    break;
            }

            Later(world.Latency(), () =>
            {
                if (answer.Error is { } error)
                    source.TrySetException(error);
                else
                    source.TrySetResult(answer.Value!);
            });
        });
    }

    private (T? Value, Exception? Error) Effect<T>(string what, bool changes, Func<T> effect)
    {
        try
        {
            var value = effect();
            world.Happened(what);
            if (changes)
                world.Changed(host, what);
            return (value, null);
        }
        catch (ExternalCallException e)
        {
            return (default, e);
        }
    }

    /// <summary>Runs in the process: not while it is frozen, never once it is dead.</summary>
    public void Later(TimeSpan delay, Action action) => world.Clock.In(delay, () =>
    {
        if (_dead)
            return;
        if (_frozenUntil > world.Clock.Now)
            Later(_frozenUntil - world.Clock.Now, action);
        else
            action();
    });
}

internal readonly record struct Call(long Number, string Host, string What, bool Changes);
