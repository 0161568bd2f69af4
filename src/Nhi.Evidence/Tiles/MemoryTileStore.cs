using System.Collections.Concurrent;

namespace Nhi.Evidence.Tiles;

/// <summary>Tiles in memory.</summary>
public sealed class MemoryTileStore : ITileStore
{
    private readonly ConcurrentDictionary<string, byte[]> tiles = new(StringComparer.Ordinal);
    private long reads;
    private long writes;

    /// <summary>Asked before each call (<c>read</c> or <c>write</c>, and the name); may wait or throw. Null: nothing ever fails.</summary>
    public Func<string, string, CancellationToken, ValueTask>? OnCall { get; set; }

    /// <summary>Reads so far.</summary>
    public long Reads => Interlocked.Read(ref reads);

    /// <summary>Writes so far.</summary>
    public long Writes => Interlocked.Read(ref writes);

    /// <summary>Every name that is taken, in no order.</summary>
    public IReadOnlyCollection<string> Names => [.. tiles.Keys];

    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        await AskAsync("read", path, ct);
        Interlocked.Increment(ref reads);
        return tiles.TryGetValue(path, out var bytes) && bytes.Length <= maxBytes ? (ReadOnlyMemory<byte>?)bytes : null;
    }

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await AskAsync("write", path, ct);
        Interlocked.Increment(ref writes);
        tiles[path] = bytes.ToArray();
    }

    /// <summary>Loses a tile; false when there was none.</summary>
    public bool Drop(string path) => tiles.TryRemove(path, out _);

    private ValueTask AskAsync(string verb, string path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ct.ThrowIfCancellationRequested();
        return OnCall is { } ask ? ask(verb, path, ct) : ValueTask.CompletedTask;
    }
}
