using System.Collections.Concurrent;

namespace Nhi.Azure.Pipeline;

/// <summary>How many requests went out, by service (<c>vault</c>, <c>table</c>, <c>blob</c>, …) and kind: what the budgets are measured with. Safe for concurrent use.</summary>
public sealed class CallCounter
{
    private readonly ConcurrentDictionary<(string Service, string Kind), long> _calls = new();

    public void Count(string service, string kind) => _calls.AddOrUpdate((service, kind), 1, static (_, calls) => calls + 1);

    /// <summary>Requests to one service, of one kind or of all.</summary>
    public long Of(string service, string? kind = null) =>
        _calls.Where(call => call.Key.Service == service && (kind is null || call.Key.Kind == kind)).Sum(call => call.Value);

    /// <summary>All counts by <c>{service}.{kind}</c>, in the order of their names.</summary>
    public IReadOnlyDictionary<string, long> Snapshot() =>
        new SortedDictionary<string, long>(_calls.ToDictionary(call => $"{call.Key.Service}.{call.Key.Kind}", call => call.Value), StringComparer.Ordinal);

    public void Reset() => _calls.Clear();
}
