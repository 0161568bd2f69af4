using System.Globalization;
using System.Text;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Local.Demo.Evidence;

/// <summary>Writes evidence as folders: <c>DIR/evidence-2026/records/…</c>, <c>DIR/evidence-2026/log/…</c> (those of the secondary account begin with <c>secondary-</c>), and <c>blobs.csv</c>: in DIR for all of them, in each folder for its own, where the verifier looks for it.</summary>
internal static class EvidenceExport
{
    /// <summary>Path below DIR, creation (UTC), size in bytes.</summary>
    public const string ListName = ExportListing.FileName;

    public static async Task WriteAsync(EvidenceCopy evidence, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var all = new StringBuilder("path,creation,size\n");
        foreach (var container in evidence.Blobs.GroupBy(blob => blob.Folder, StringComparer.Ordinal).OrderBy(container => container.Key, StringComparer.Ordinal))
        {
            var own = new StringBuilder(ExportListing.HeaderLine);
            foreach (var blob in container.OrderBy(blob => blob.Name, StringComparer.Ordinal))
            {
                var file = Path.Combine(folder, blob.Folder, blob.Name.Replace('/', Path.DirectorySeparatorChar));
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(file, blob.Bytes, ct);
                own.Append(ExportListing.LineOf(blob.Name, blob.Created, blob.Bytes.Length));
                all.Append(CultureInfo.InvariantCulture, $"{blob.Folder}/{blob.Name},{blob.Created.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'},{blob.Bytes.Length}\n");
            }

            await File.WriteAllTextAsync(Path.Combine(folder, container.Key, ListName), own.ToString(), ct);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, ListName), all.ToString(), ct);
    }
}
