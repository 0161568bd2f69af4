using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;

namespace Nhi.Evidence.Verification.Reading;

/// <summary>
/// The logs of an export, oldest first: a folder or a zip that is a container's, or that holds several (<c>evidence-2026</c>, <c>evidence-2027</c>), each with its tiles in <c>{name}-tiles</c> beside it where they were exported too.
/// </summary>
public sealed class ExportedLogs : IDisposable
{
    private const string TilesSuffix = "-tiles";
    private const int MostLogs = 1_000;
    private readonly List<ZipLog> zips = [];

    private ExportedLogs(IReadOnlyList<LogShard> shards) => Shards = shards;

    public IReadOnlyList<LogShard> Shards { get; }

    /// <summary>Opens what lies there. Throws <see cref="EvidenceStoreException"/> when it is neither a folder nor a zip that holds a log.</summary>
    public static async Task<ExportedLogs> OpenAsync(string path, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) ? await OfFolderAsync(Path.GetFullPath(path), ct) : await OfZipAsync(path, ct);
    }

    public void Dispose() => zips.ForEach(zip => zip.Dispose());

    private static async Task<ExportedLogs> OfFolderAsync(string root, CancellationToken ct)
    {
        string[] folders = IsLog(root) ? [root] : [.. Directory.EnumerateDirectories(root).Where(folder => new DirectoryInfo(folder).LinkTarget is null && IsLog(folder)).Order(StringComparer.Ordinal).Take(MostLogs)];
        if (folders.Length == 0)
            throw new EvidenceStoreException($"Neither '{root}' nor a folder in it holds log/ or records/: name the folder that the container was downloaded into.");
        List<LogShard> shards = [];
        foreach (var folder in folders)
        {
            var tiles = folder + TilesSuffix;
            shards.Add(new LogShard(await FolderLog.OpenAsync(folder, ct), Directory.Exists(tiles) ? new FolderTileStore(tiles) : null));
        }

        return new ExportedLogs(shards);
    }

    private static async Task<ExportedLogs> OfZipAsync(string file, CancellationToken ct)
    {
        if (!File.Exists(file))
            throw new EvidenceStoreException($"There is no folder and no file '{file}'.");
        var folders = ZipLog.FoldersOf(file);
        if (folders.Count == 0)
            throw new EvidenceStoreException($"The zip '{file}' holds no folder log/: zip the downloaded container.");
        List<ZipLog> opened = [];
        try
        {
            foreach (var folder in folders)
                opened.Add(await ZipLog.OpenAsync(file, folder, ct));
        }
        catch
        {
            opened.ForEach(zip => zip.Dispose());
            throw;
        }

        var logs = new ExportedLogs([.. opened.Select(zip => new LogShard(zip))]);
        logs.zips.AddRange(opened);
        return logs;
    }

    /// <summary>Where somebody took log/ away, records alone are a log to be verified: that it is missing is what has to be said.</summary>
    private static bool IsLog(string folder) => Directory.Exists(Path.Combine(folder, "log")) || Directory.Exists(Path.Combine(folder, "records"));
}
