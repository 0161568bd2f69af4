using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Sequencing;

/// <summary>What the batch files list, as far as sequencing needs it: which names are logged, and which intents no outcome closes. 16 bytes a name.</summary>
internal sealed class LoggedRecords
{
    private readonly HashSet<UInt128> names = [];
    private readonly Dictionary<string, string> open = new(StringComparer.Ordinal);
    private readonly HashSet<string> closedAhead = new(StringComparer.Ordinal);

    /// <summary>The hour folders of the attempts that are open: what closes them has the same start, so it lies there too.</summary>
    internal IEnumerable<string> OpenFolders => open.Values.Distinct(StringComparer.Ordinal);

    internal bool Contains(string path) => names.Contains(KeyOf(path));

    internal void Add(BatchFile batch)
    {
        foreach (var entry in batch.Entries)
        {
            names.Add(KeyOf(entry.Path));
            if (!RecordPath.TryParse(entry.Path, out var name))
                continue;
            if (name.IsIntent && !closedAhead.Remove(name.Op))
                open[name.Op] = RecordPath.HourFolder(name.Time);
            else if (name.Closes && !open.Remove(name.Op) && !name.Stage.StartsWith("2-s", StringComparison.Ordinal) && name.Stage != "2-FINDING")
                closedAhead.Add(name.Op);
        }
    }

    internal static UInt128 KeyOf(string path)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(path), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
