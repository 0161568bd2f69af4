namespace Nhi.Evidence.Tiles;

/// <summary>
/// Where the tiles of one log lie: derived from batch files and rebuildable from them, so whoever has the right may overwrite or drop them and only makes things slower.
/// Nothing that is read here may be believed unless it hashes to a checkpoint. Every method throws <see cref="Storage.EvidenceStoreException"/> when it gets no answer.
/// </summary>
public interface ITileStore
{
    /// <summary>The bytes at a name, or null when there are none or more than <paramref name="maxBytes"/>.</summary>
    Task<ReadOnlyMemory<byte>?> ReadAsync(string path, int maxBytes, CancellationToken ct);

    /// <summary>Writes the bytes whole, over whatever is there.</summary>
    Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct);
}
