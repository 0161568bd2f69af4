using System.Globalization;
using System.Text;

namespace Nhi.Local.Demo.Evidence;

/// <summary>Writes evidence as folders: <c>DIR/evidence-2026/records/…</c>, <c>DIR/evidence-2026/log/…</c> (those of the secondary account begin with <c>secondary-</c>), and <c>DIR/blobs.csv</c>.</summary>
internal static class EvidenceExport
{
    /// <summary>Path below DIR, creation (UTC), size in bytes.</summary>
    public const string ListName = "blobs.csv";

    public static async Task WriteAsync(EvidenceCopy evidence, string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var list = new StringBuilder("path,creation,size\n");
        foreach (var blob in evidence.Blobs.OrderBy(blob => blob.Folder, StringComparer.Ordinal).ThenBy(blob => blob.Name, StringComparer.Ordinal))
        {
            var file = Path.Combine(folder, blob.Folder, blob.Name.Replace('/', Path.DirectorySeparatorChar));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, blob.Bytes, ct);
            list.Append(CultureInfo.InvariantCulture, $"{blob.Folder}/{blob.Name},{blob.Created.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'},{blob.Bytes.Length}\n");
        }

        await File.WriteAllTextAsync(Path.Combine(folder, ListName), list.ToString(), ct);
    }
}
