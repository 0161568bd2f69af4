namespace Nhi.Simulation.Tests.World;

/// <summary>Simulated time: a queue of actions, run one after the other on one thread. Nothing here waits for the machine.</summary>
internal sealed class SimClock(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _queue = new();
    private long _order;

    public DateTimeOffset Now { get; private set; } = start;

    public override DateTimeOffset GetUtcNow() => Now;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => Now.UtcTicks;

    public void At(DateTimeOffset when, Action action) => _queue.Enqueue(action, ((when < Now ? Now : when).UtcTicks, _order++));

    public void In(TimeSpan delay, Action action) => At(Now + delay, action);

    /// <summary>Runs everything up to that instant, in order.</summary>
    public void RunUntil(DateTimeOffset until)
    {
        while (_queue.TryPeek(out var action, out var due) && due.Ticks <= until.UtcTicks)
        {
            _queue.Dequeue();
            Now = new DateTimeOffset(due.Ticks, TimeSpan.Zero);
            action();
        }

        Now = until;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new SimTimer(this, callback, state, dueTime);

    private sealed class SimTimer : ITimer
    {
        private readonly SimClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private int _generation;

        public SimTimer(SimClock clock, TimerCallback callback, object? state, TimeSpan due)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            Change(due, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var mine = ++_generation;
            if (dueTime != Timeout.InfiniteTimeSpan)
                _clock.In(dueTime, () =>
                {
                    if (mine == _generation)
                        _callback(_state);
                });
            return true;
        }

        public void Dispose() => _generation++;
        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
