using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Verification.Reading;

/// <summary>A zip of an exported container. Only as much is unpacked as a blob may be long, in memory, whatever its entries claim.</summary>
public sealed class ZipLog : IReadableLog, IDisposable
{
    /// <summary>Entries of a zip; its directory is held in memory.</summary>
    public const int MostEntries = 4_000_000;

    private const int MostDoubles = 1_000;
    private const int EndBytes = 22;
    private const int MostComment = 65_535;
    private readonly string file;
    private readonly ZipArchive archive;
    private readonly string prefix;
    private readonly Dictionary<string, ZipArchiveEntry> entries;
    private readonly HashSet<string> doubles;
    private readonly ConcurrentDictionary<string, string> damaged = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim one = new(1, 1);

    private ZipLog(string file, ZipArchive archive, string prefix, Dictionary<string, ZipArchiveEntry> entries, HashSet<string> doubles) =>
        (this.file, this.archive, this.prefix, this.entries, this.doubles) = (file, archive, prefix, entries, doubles);

    public string Place => file + (prefix.Length == 0 ? "" : "!" + prefix);

    public string? Origin => null;

    public DateTimeOffset? AsOf => Listing?.AsOf;

    public int ReadsAtATime => Math.Max(2, Environment.ProcessorCount);

    public ExportListing? Listing { get; private set; }

    public IReadOnlyDictionary<string, string> Damaged => damaged;

    /// <summary>Opens the zip, of the container's folder or of the folder above it. Throws <see cref="EvidenceStoreException"/> when it is no zip, has too many entries, or its <c>blobs.csv</c> cannot be read.</summary>
    /// <param name="file">The zip.</param>
    /// <param name="folder">Which folder of it, with a slash at its end; null: the only one that holds <c>log/</c>.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ZipLog> OpenAsync(string file, string? folder, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var archive = Open(file);
        try
        {
            var prefix = folder ?? Prefix(archive, file);
            var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
            var doubles = new HashSet<string>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
            {
                var name = entry.FullName;
                if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.EndsWith('/'))
                    continue;
                if (!entries.TryAdd(name[prefix.Length..], entry) && doubles.Count < MostDoubles)
                    doubles.Add(name[prefix.Length..]);
            }

            var log = new ZipLog(file, archive, prefix, entries, doubles);
            if (entries.TryGetValue(ExportListing.FileName, out var csv))
                log.Listing = await ExportListing.ReadAsync(csv.Open, ct);

            return log;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            archive.Dispose();
            throw new EvidenceStoreException($"The file '{file}' is no zip that can be read: {e.Message}", e);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>The folders of the zip that hold a log, each with a slash at its end; the empty one is its top. Throws <see cref="EvidenceStoreException"/> as <see cref="OpenAsync"/> does.</summary>
    public static IReadOnlyList<string> FoldersOf(string file)
    {
        using var archive = Open(file);
        try
        {
            return Folders(archive);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new EvidenceStoreException($"The file '{file}' is no zip that can be read: {e.Message}", e);
        }
    }

    public async Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct)
    {
        if (!entries.TryGetValue(path, out var entry))
            return null;
        // An archive serves one reader at a time.
        await one.WaitAsync(ct);
        try
        {
            await using var stream = await entry.OpenAsync(ct);
            // What the entry says of its length may be a lie: one byte more than asked for tells.
            var bytes = new byte[(int)Math.Min(Math.Max(entry.Length, 0), maxBytes) + 1];
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
            if (read == bytes.Length && read <= maxBytes)
                throw new InvalidDataException("it unpacks to more than it says");
            return new LogBlob(bytes.AsMemory(0, Math.Min(read, maxBytes)), Listing?.CreatedOf(path), read > maxBytes);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // One entry that is damaged is that blob's own finding, and no reason to say nothing of all the others.
            damaged[path] = $"the zip's entry cannot be unpacked: {e.Message}";
            return null;
        }
        finally
        {
            one.Release();
        }
    }

    public async IAsyncEnumerable<LogName> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        await Task.CompletedTask;
        foreach (var path in entries.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && path != ExportListing.FileName).Order(StringComparer.Ordinal))
        {
            ct.ThrowIfCancellationRequested();
            yield return new LogName(path, entries[path].Length, Listing?.CreatedOf(path));
            if (doubles.Contains(path))
                yield return new LogName(path, 0, null, "the zip has two entries of that name, and only the first is read");
        }
    }

    public void Dispose()
    {
        archive.Dispose();
        one.Dispose();
    }

    private static ZipArchive Open(string file)
    {
        try
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (EntriesOf(stream) is var count && count > MostEntries)
            {
                stream.Dispose();
                throw new EvidenceStoreException($"The zip '{file}' says that it has {count} entries, at most {MostEntries}. Unpack it and verify the folder.");
            }

            stream.Position = 0;
            return new ZipArchive(stream, ZipArchiveMode.Read);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new EvidenceStoreException($"The file '{file}' is no zip that can be read: {e.Message}", e);
        }
    }

    /// <summary>What the zip's end says, before its whole directory is read into memory. A zip64's 65,535 stands for a number that the directory's size bounds.</summary>
    private static long EntriesOf(FileStream stream)
    {
        var tail = new byte[(int)Math.Min(stream.Length, EndBytes + MostComment)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || at + EndBytes > tail.Length)
            throw new InvalidDataException("it has no end record");
        var count = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(at + 10));
        // An entry of the directory has at least 46 bytes, and a name of ours 50 more.
        return count < ushort.MaxValue ? count : Math.Min(stream.Length / 96, Zip64Entries(tail, at));
    }

    private static long Zip64Entries(ReadOnlySpan<byte> tail, int end)
    {
        var at = tail[..end].LastIndexOf("PK\u0006\u0006"u8);
        return at >= 0 && at + 40 <= tail.Length ? BinaryPrimitives.ReadInt64LittleEndian(tail[(at + 32)..]) : ushort.MaxValue;
    }

    private static string Prefix(ZipArchive archive, string file) => Folders(archive) switch
    {
        [var only] => only,
        [] => throw new EvidenceStoreException($"The zip '{file}' holds no folder log/: zip the downloaded container."),
        var several => throw new EvidenceStoreException($"The zip '{file}' holds {several.Count} logs ({string.Join(", ", several.Take(5))}): name one."),
    };

    private static List<string> Folders(ZipArchive archive) =>
        [.. archive.Entries.Select(entry => entry.FullName).Select(name => (name, at: name.StartsWith("log/", StringComparison.Ordinal) ? 0 : name.IndexOf("/log/", StringComparison.Ordinal) + 1))
            .Where(pair => pair.at > 0 || pair.name.StartsWith("log/", StringComparison.Ordinal)).Select(pair => pair.name[..pair.at]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(1_000)];
}
