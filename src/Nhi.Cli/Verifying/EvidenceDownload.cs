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
            Block.Lines(done.SelectMany(one => one.Skipped).Select(path => $"not exported: '{path}' is no name that this product gives, or its blob is too long")),
            Block.Lines($"nhi verify --folder {folder} --log-key KEY --producers-key KEY verifies it, without Azure."),
        ], skipped == 0 ? ExitCode.Fine : ExitCode.Findings);
    }

    private static async Task<ExportedShape> ExportAsync(IEvidenceStore store, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        List<string> skipped = [];
        long blobs = 0, bytes = 0, fetched = 0;
        var listing = Path.Combine(folder, ExportListing.FileName);
        await using (var csv = new StreamWriter(listing + ".unfinished"))
        {
            await csv.WriteAsync(ExportListing.HeaderLine.AsMemory(), ct);
            await Parallel.ForEachAsync(KeptAsync(), new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = ct }, async (blob, token) =>
            {
                if (await FetchAsync(store, blob, folder, token))
                    Interlocked.Increment(ref fetched);
            });

            async IAsyncEnumerable<ListedBlob> KeptAsync()
            {
                await foreach (var blob in store.ListAsync("", ct))
                {
                    if (!BlobNames.IsOurs(blob.Path) || blob.Path == ExportListing.FileName || blob.Size > BatchFile.MostBytes)
                    {
                        skipped.Add(blob.Path);
                        continue;
                    }

                    await csv.WriteAsync(ExportListing.LineOf(blob.Path, blob.Created, blob.Size).AsMemory(), ct);
                    (blobs, bytes) = (blobs + 1, bytes + blob.Size);
                    yield return blob;
                }
            }
        }

        File.Move(listing + ".unfinished", listing, overwrite: true);
        return new ExportedShape(store.Origin, folder, blobs, bytes, fetched, skipped);
    }

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
