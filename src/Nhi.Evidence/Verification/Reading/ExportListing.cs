using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Verification.Reading;

/// <summary>
/// The file <c>blobs.csv</c> that an export may bring: <c>path,creation,size</c> of each blob as the container listed it, a header line first. It is what knows creation times, and files that a copy lost.
/// About 60 bytes of memory a name.
/// </summary>
public sealed class ExportListing
{
    /// <summary>Its name, at the top of the export.</summary>
    public const string FileName = "blobs.csv";

    private const int MostCharacters = 4_096;
    private const string Header = "path,creation,size";
    private readonly Dictionary<UInt128, Row> rows = [];
    private readonly Func<Stream> open;

    private ExportListing(Func<Stream> open) => this.open = open;

    /// <summary>The newest creation in it, UTC: the export is not older.</summary>
    public DateTimeOffset? AsOf { get; private set; }

    /// <summary>Names in it.</summary>
    public int Count => rows.Count;

    /// <summary>Reads the file. Throws <see cref="EvidenceStoreException"/> with the line that is wrong.</summary>
    /// <param name="open">Opens it; asked once more when names of it are missing.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ExportListing> ReadAsync(Func<Stream> open, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(open);
        var listing = new ExportListing(open);
        using var reader = listing.Reader();
        var number = 0;
        await foreach (var line in LinesAsync(reader, ct))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith(Header, StringComparison.OrdinalIgnoreCase)))
                continue;
            if (!TryParse(line, out var path, out var created, out var size))
                throw new EvidenceStoreException($"Line {number} of {FileName} is not '{Header}' (creation as yyyy-MM-ddTHH:mm:ssZ). Export it again, or remove the file: creation times are not looked at then.");
            listing.rows[NameSet.KeyOf(path)] = new Row(created.UtcTicks, size, false);
            if (listing.AsOf is null || created > listing.AsOf)
                listing.AsOf = created;
        }

        return listing;
    }

    /// <summary>The line of a blob, with a line feed.</summary>
    public static string LineOf(string path, DateTimeOffset created, long size)
    {
        ArgumentNullException.ThrowIfNull(path);
        var name = path.AsSpan().ContainsAny(",\"\r\n") ? $"\"{path.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : path;
        return string.Create(CultureInfo.InvariantCulture, $"{name},{created.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'},{size}\n");
    }

    /// <summary>The header, with a line feed.</summary>
    public static string HeaderLine => Header + "\n";

    /// <summary>When the blob was created, UTC; null for a name that is not listed.</summary>
    public DateTimeOffset? CreatedOf(string path)
    {
        lock (rows)
            return rows.TryGetValue(NameSet.KeyOf(path), out var row) ? new DateTimeOffset(row.Created, TimeSpan.Zero) : null;
    }

    /// <summary>Ticks a name off: its size as listed, or null when it is not listed.</summary>
    internal long? Tick(string path)
    {
        lock (rows)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrNullRef(rows, NameSet.KeyOf(path));
            if (Unsafe.IsNullRef(ref row))
                return null;
            row.Seen = true;
            return row.Size;
        }
    }

    /// <summary>The names that were not ticked off, read from the file again.</summary>
    internal async IAsyncEnumerable<string> UnseenAsync([EnumeratorCancellation] CancellationToken ct)
    {
        if (rows.Values.All(row => row.Seen))
            yield break;
        using var reader = Reader();
        await foreach (var line in LinesAsync(reader, ct))
        {
            if (TryParse(line, out var path, out _, out _) && rows.TryGetValue(NameSet.KeyOf(path), out var row) && !row.Seen)
                yield return path;
        }
    }

    private StreamReader Reader() => new(open(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true);

    /// <summary>Lines of bounded length; a quoted name may hold line feeds, so quotes are counted.</summary>
    private static async IAsyncEnumerable<string> LinesAsync(StreamReader reader, [EnumeratorCancellation] CancellationToken ct)
    {
        var line = new StringBuilder();
        var buffer = new char[16_384];
        var quoted = false;
        int read;
        while ((read = await reader.ReadAsync(buffer, ct)) > 0)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] == '\n' && !quoted)
                {
                    yield return line.ToString().TrimEnd('\r');
                    line.Clear();
                    continue;
                }

                quoted ^= buffer[i] == '"';
                if (line.Length == MostCharacters)
                    throw new EvidenceStoreException($"A line of {FileName} has more than {MostCharacters} characters. Export it again.");
                line.Append(buffer[i]);
            }
        }

        if (line.Length > 0)
            yield return line.ToString().TrimEnd('\r');
    }

    private static bool TryParse(string line, out string path, out DateTimeOffset created, out long size)
    {
        (path, created, size) = ("", default, 0);
        var last = line.LastIndexOf(',');
        var middle = last > 0 ? line.LastIndexOf(',', last - 1) : -1;
        if (middle < 1)
            return false;
        path = line[..middle];
        if (path is ['"', .., '"'])
            path = path[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal);
        return DateTimeOffset.TryParse(line.AsSpan(middle + 1, last - middle - 1), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out created)
            && long.TryParse(line.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out size);
    }

    private struct Row(long created, long size, bool seen)
    {
        internal readonly long Created = created;
        internal readonly long Size = size;
        internal bool Seen = seen;
    }
}
