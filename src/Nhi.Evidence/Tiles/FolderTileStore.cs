using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tiles;

/// <summary>Tiles in a folder, laid out as a web server would serve them.</summary>
public sealed class FolderTileStore : ITileStore
{
    private readonly string root;

    /// <param name="root">The folder; made at the first write.</param>
    public FolderTileStore(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        this.root = Path.GetFullPath(root);
    }

    public async Task<ReadOnlyMemory<byte>?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        var file = FileOf(path);
        try
        {
            if (!File.Exists(file))
                return null;
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length > maxBytes)
                return null;
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, ct);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceStoreException($"The tile '{path}' in '{root}' could not be read: {e.Message}", e);
        }
    }

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var file = FileOf(path);
        var temporary = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(temporary, bytes, ct);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceStoreException($"The tile '{path}' in '{root}' could not be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    private string FileOf(string path) => BlobNames.IsOurs(path)
        ? Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar))
        : throw new ArgumentException("A tile's name is made of segments of letters, digits and . _ ~ -.", nameof(path));
}
