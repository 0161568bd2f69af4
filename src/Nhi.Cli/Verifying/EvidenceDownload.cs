using System.Collections.Concurrent;
using System.Security.Cryptography;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Cli.Verifying;

/// <summary>
/// <c>nhi evidence export</c>: containers as folders, with <c>blobs.csv</c> in each. Blobs are never changed, so a file that is there with the right size is not fetched again: the same command goes on where it was stopped.
/// </summary>
internal static class EvidenceDownload
{
    private const int AtATime = 32;

    public static async Task<Answer> RunAsync(IReadOnlyList<(string Folder, IEvidenceStore Store)> stores, string folder, CancellationToken ct)
    {
        List<ExportedShape> done = [];
        foreach (var (name, store) in stores)
            done.Add(await ExportAsync(store, Path.Combine(folder, name), ct));
        var skipped = done.Sum(one => one.Skipped.Count);
        return new Answer(new ExportShape(Path.GetFullPath(folder), done), [
            new Block(["Log", "Folder", "Blobs", "Bytes", "Fetched now"], [.. done.Select(one => (IReadOnlyList<string>)[one.Log, one.Folder, $"{one.Blobs}", $"{one.Bytes}", $"{one.Fetched}"])]),
            Block.Lines(done.SelectMany(one => one.Skipped).Select(one => $"not exported: '{one.Path}': {one.Why}")),
            Block.Lines($"nhi verify --folder {folder} --log-key KEY --producers-key KEY verifies it, without Azure."),
        ], skipped == 0 ? ExitCode.Fine : ExitCode.Findings);
    }

    private static async Task<ExportedShape> ExportAsync(IEvidenceStore store, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var skipped = new ConcurrentQueue<SkippedBlobShape>();
        long blobs = 0, bytes = 0, fetched = 0;
        var listing = Path.Combine(folder, ExportListing.FileName);
        await using (var csv = new StreamWriter(listing + ".unfinished"))
        {
            await csv.WriteAsync(ExportListing.HeaderLine.AsMemory(), ct);
            await Parallel.ForEachAsync(KeptAsync(), new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = ct }, async (blob, token) =>
            {
                try
                {
                    if (await FetchAsync(store, blob, folder, token))
                        Interlocked.Increment(ref fetched);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException && !IsFull(e))
                {
                    // A name that no folder can hold (another one's folder is a file of ours, or it is too long): one blob, whoever put it there, stops no download.
                    skipped.Enqueue(new SkippedBlobShape(blob.Path, $"no file of that name can be written here: {e.GetType().Name}"));
                }
            });

            async IAsyncEnumerable<ListedBlob> KeptAsync()
            {
                await foreach (var blob in store.ListAsync("", ct))
                {
                    if (!BlobNames.IsOurs(blob.Path) || blob.Path == ExportListing.FileName || blob.Size > BatchFile.MostBytes)
                    {
                        skipped.Enqueue(new SkippedBlobShape(blob.Path, blob.Size > BatchFile.MostBytes ? $"it has more than {BatchFile.MostBytes} bytes, as no blob of this product" : "it is no name that this product gives"));
                        continue;
                    }

                    if (IsInTheWay(blob.Path))
                    {
                        skipped.Enqueue(new SkippedBlobShape(blob.Path, "it stands where a folder of others has to be"));
                        continue;
                    }

                    await csv.WriteAsync(ExportListing.LineOf(blob.Path, blob.Created, blob.Size).AsMemory(), ct);
                    (blobs, bytes) = (blobs + 1, bytes + blob.Size);
                    yield return blob;
                }
            }
        }

        File.Move(listing + ".unfinished", listing, overwrite: true);
        return new ExportedShape(store.Origin, folder, blobs, bytes, fetched, [.. skipped.OrderBy(one => one.Path, StringComparer.Ordinal)]);
    }

    /// <summary>A container knows no folders: a blob may be called as the folder of others is, and as a file it would keep them out.</summary>
    private static bool IsInTheWay(string path) => path.Count(c => c == '/') is var depth && path.Split('/', 2)[0] switch
    {
        "records" => depth < 5,
        "log" => depth < 2,
        "keys" or "policies" => depth < 1,
        _ => false,
    };

    /// <summary>A full disk is nobody's name: ENOSPC, EDQUOT; ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL.</summary>
    private static bool IsFull(Exception e) => (e.HResult & 0xFFFF) is 28 or 122 or 112 or 39;

    /// <summary>False when the file is there.</summary>
    private static async Task<bool> FetchAsync(IEvidenceStore store, ListedBlob blob, string folder, CancellationToken ct)
    {
        var file = Path.Combine(folder, blob.Path.Replace('/', Path.DirectorySeparatorChar));
        if (new FileInfo(file) is { Exists: true } there && there.Length == blob.Size)
            return false;
        var read = await store.ReadAsync(blob.Path, BatchFile.MostBytes, ct) ?? throw new EvidenceStoreException($"'{blob.Path}' was listed in {store.Origin} and cannot be read any more.");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var temporary = $"{file}.{RandomNumberGenerator.GetHexString(8)}";
        await File.WriteAllBytesAsync(temporary, read.Bytes, ct);
        File.Move(temporary, file, overwrite: true);
        return true;
    }
}
