namespace Nhi.Evidence.Storage;

/// <summary>
/// A log in a folder: an exported container, or the local world. A file appears whole or not at all, and a name is taken once.
/// The file system's rights are all that keeps others from changing it: a container with a locked policy is what promises more.
/// </summary>
public sealed class FolderEvidenceStore : IEvidenceStore
{
    private const string Unfinished = ".unfinished";
    private readonly string root;
    private readonly TimeProvider clock;

    /// <param name="root">The folder; made when it is not there.</param>
    /// <param name="origin">Which log it holds, as its records say.</param>
    /// <param name="clock">Stands in for a service's clock.</param>
    public FolderEvidenceStore(string root, string origin, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentException.ThrowIfNullOrEmpty(origin);
        ArgumentNullException.ThrowIfNull(clock);
        this.root = Path.GetFullPath(root);
        this.clock = clock;
        Origin = origin;
        Directory.CreateDirectory(this.root);
    }

    public string Origin { get; }

    public async Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct)
    {
        var target = FileOf(path) ?? throw new ArgumentException("A blob's name is made of segments of letters, digits and . _ ~ -.", nameof(path));
        if (File.Exists(target))
            return new CreateResult(CreateAnswer.Refused, clock.GetUtcNow());
        var temporary = Path.Combine(root, Unfinished, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await WriteDurablyAsync(temporary, bytes, ct);
            return new CreateResult(TryName(temporary, target) ? CreateAnswer.Created : CreateAnswer.Refused, clock.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceStoreException($"The file for '{path}' could not be made in '{root}': {e.Message}", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public async Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        if (FileOf(path) is not { } file || !File.Exists(file))
            return null;
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            var length = (int)Math.Min(stream.Length, maxBytes);
            var bytes = new byte[length];
            await stream.ReadExactlyAsync(bytes, ct);
            return new StoredBlob(bytes, File.GetLastWriteTimeUtc(file), stream.Length > maxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceStoreException($"The file of '{path}' in '{root}' could not be read: {e.Message}", e);
        }
    }

    public async IAsyncEnumerable<ListedBlob> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        await Task.CompletedTask;
        foreach (var name in NamesBelow(prefix).Order(StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            var file = new FileInfo(Path.Combine(root, name.Replace('/', Path.DirectorySeparatorChar)));
            if (file.Exists)
                yield return new ListedBlob(name, file.Length, file.LastWriteTimeUtc);
        }
    }

    private IEnumerable<string> NamesBelow(string prefix)
    {
        // Only the deepest folder that the prefix names is walked.
        var folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        if (folder.Length > 0 && !BlobNames.IsOurs(folder[..^1]))
            return [];
        var start = Path.Combine(root, folder.Replace('/', Path.DirectorySeparatorChar));
        if (!Directory.Exists(start))
            return [];
        return Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name.StartsWith(Unfinished, StringComparison.Ordinal));
    }

    private string? FileOf(string path) => BlobNames.IsOurs(path) ? Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar)) : null;

    private static async Task WriteDurablyAsync(string file, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await stream.WriteAsync(bytes, ct);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Gives the finished file its name, if that is free: the first of two wins.</summary>
    private static bool TryName(string temporary, string target)
    {
        // On Unix File.Move looks first and renames then, so two can win: a hard link is what the kernel decides on.
        if (!OperatingSystem.IsWindows())
            return HardLink.TryCreate(temporary, target);
        try
        {
            File.Move(temporary, target, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(target))
        {
            return false;
        }
    }
}
