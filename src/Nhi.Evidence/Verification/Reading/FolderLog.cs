using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Verification.Reading;

/// <summary>
/// A container that was downloaded into a folder (azcopy, Storage Explorer, <c>nhi evidence export</c>). Nothing outside the folder is ever read: links are named and not followed.
/// File times say nothing about when a blob was created; <see cref="ExportListing"/> does.
/// </summary>
public sealed class FolderLog : IReadableLog
{
    private const int MostDepth = 32;
    private readonly string root;
    private readonly ConcurrentDictionary<string, bool> linked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> damaged = new(StringComparer.Ordinal);

    private FolderLog(string root, ExportListing? listing) => (this.root, Listing) = (root, listing);

    public string Place => root;

    public string? Origin => null;

    public DateTimeOffset? AsOf => Listing?.AsOf;

    public int ReadsAtATime => Math.Max(2, Environment.ProcessorCount);

    public ExportListing? Listing { get; }

    public IReadOnlyDictionary<string, string> Damaged => damaged;

    /// <summary>Opens the folder that holds <c>log/</c> and <c>records/</c>. Throws <see cref="EvidenceStoreException"/> when it is not there or its <c>blobs.csv</c> cannot be read.</summary>
    public static async Task<FolderLog> OpenAsync(string folder, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
            throw new EvidenceStoreException($"There is no folder '{root}'.");
        var csv = new FileInfo(Path.Combine(root, ExportListing.FileName));
        if (!csv.Exists || csv.LinkTarget is not null)
            return new FolderLog(root, null);
        return new FolderLog(root, await ExportListing.ReadAsync(() => Open(csv.FullName, ExportListing.FileName), ct));
    }

    public async Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        if (FileOf(path) is not { } file || !file.Exists || Passes(file))
            return null;
        // Pipes and devices have no length, and reading one may never end.
        if (file.Length == 0)
            return new LogBlob(default, Listing?.CreatedOf(path));
        try
        {
            await using var stream = Open(file.FullName, path);
            var whole = stream.Length <= maxBytes;
            var bytes = new byte[whole ? stream.Length : maxBytes];
            await stream.ReadExactlyAsync(bytes, ct);
            return new LogBlob(bytes, Listing?.CreatedOf(path), !whole);
        }
        catch (Exception e) when (e is EvidenceStoreException or IOException)
        {
            // One file that nobody can read is that blob's own finding, and no reason to say nothing of all the others.
            damaged[path] = $"its file cannot be read: {(e.InnerException ?? e).Message}";
            return null;
        }
    }

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        await Task.CompletedTask;
        var folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        var start = new DirectoryInfo(Path.Combine(root, folder));
        if (folder.Contains("..", StringComparison.Ordinal) || !start.Exists || (folder.Length > 0 && Passes(start)))
            yield break;
        foreach (var name in Walk(start, folder, 0, ct))
        {
            if (name.Path.StartsWith(prefix, StringComparison.Ordinal) && name.Path != ExportListing.FileName)
                yield return name;
        }
    }

    /// <summary>A folder's entries sorted as blob names sort: a folder as if its name ended in a slash.</summary>
    private IEnumerable<LogName> Walk(DirectoryInfo folder, string prefix, int depth, CancellationToken ct)
    {
        FileSystemInfo[]? entries = null;
        string? obstacle = null;
        try
        {
            entries = folder.GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without what was asked for there is nothing to say; a folder within it is named.
            if (depth == 0)
                throw new EvidenceStoreException($"The folder '{folder.FullName}' could not be listed: {e.Message}", e);
            obstacle = $"its folder cannot be listed: {e.Message}";
        }

        if (entries is null)
        {
            yield return new LogName(prefix, 0, null, obstacle);
            yield break;
        }

        Array.Sort(entries, static (left, right) => string.CompareOrdinal(SortName(left), SortName(right)));
        foreach (var entry in entries)
        {
            ct.ThrowIfCancellationRequested();
            var path = prefix + entry.Name;
            if (entry.LinkTarget is { } target)
                yield return new LogName(path, 0, null, $"it is a link to '{(target.Length > 100 ? target[..100] + "…" : target)}', and links are not followed");
            else if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal))
                yield return new LogName(path, 0, null, "its name is no UTF-8");
            else if (entry is FileInfo file)
                yield return new LogName(path, file.Length, Listing?.CreatedOf(path));
            else if (depth == MostDepth)
                yield return new LogName(path + "/", 0, null, $"it lies more than {MostDepth} folders deep");
            else
            {
                foreach (var inner in Walk((DirectoryInfo)entry, path + "/", depth + 1, ct))
                    yield return inner;
            }
        }
    }

    private static string SortName(FileSystemInfo entry) => entry is DirectoryInfo && entry.LinkTarget is null ? entry.Name + "/" : entry.Name;

    private FileInfo? FileOf(string path) =>
        path.Length is > 0 and <= 1_024 && !path.Split('/').Any(part => part is "" or "." or "..") && !path.Contains('\\', StringComparison.Ordinal) && !path.Contains('\0', StringComparison.Ordinal)
            ? new FileInfo(Path.Combine(root, path)) : null;

    /// <summary>True when the way to the file passes a link, or it is one.</summary>
    private bool Passes(FileSystemInfo entry) =>
        entry.LinkTarget is not null || (entry is FileInfo { Directory: { } folder } ? PassesFolder(folder) : PassesFolder((DirectoryInfo)entry));

    private bool PassesFolder(DirectoryInfo folder) =>
        folder.FullName.TrimEnd(Path.DirectorySeparatorChar).Length > root.Length
        && linked.GetOrAdd(folder.FullName, _ => folder.LinkTarget is not null || (folder.Parent is { } parent && PassesFolder(parent)));

    private static FileStream Open(string file, string path)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4_096, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EvidenceStoreException($"The file of '{path}' could not be opened: {e.Message}", e);
        }
    }
}
