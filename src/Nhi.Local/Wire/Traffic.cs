using System.Collections.Concurrent;

namespace Nhi.Local.Wire;

/// <summary>Numbers the product's requests and leads each past the tap and the faults.</summary>
public sealed class Traffic
{
    private readonly ConcurrentDictionary<string, long> counts = new(StringComparer.OrdinalIgnoreCase);
    private long total;
    private long inFlight;

    /// <summary>Who looks on; null = nobody. May change at any time.</summary>
    public IWireTap? Tap { get; set; }

    /// <summary>The faults in force.</summary>
    public Faults Faults { get; } = new();

    /// <summary>Requests so far, all services.</summary>
    public long Total => Interlocked.Read(ref total);

    /// <summary>Requests that have come and not been answered.</summary>
    public long InFlight => Interlocked.Read(ref inFlight);

    /// <summary>Requests so far, by service.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    internal WireRequest Number(string service, string method, string host, string path) =>
        new(service, method, host, path, Interlocked.Increment(ref total), counts.AddOrUpdate(service, 1, (_, before) => before + 1));

    internal void Came() => Interlocked.Increment(ref inFlight);

    internal void Answered() => Interlocked.Decrement(ref inFlight);

    internal ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation) =>
        Tap is { } tap ? tap.BeforeAsync(request, cancellation) : ValueTask.CompletedTask;

    internal ValueTask AfterAsync(WireRequest request, CancellationToken cancellation) =>
        Tap is { } tap ? tap.AfterAsync(request, cancellation) : ValueTask.CompletedTask;
}
