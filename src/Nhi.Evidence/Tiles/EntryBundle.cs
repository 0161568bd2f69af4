using System.Buffers.Binary;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tiles;

/// <summary>
/// A C2SP entry bundle: up to 256 records in log order, each behind its length (16 bits, big-endian). An entry of length 0 stands for a leaf whose blob is absent or is not what its batch says:
/// it does not hash to the leaf, as nothing that a record may be would.
/// </summary>
public static class EntryBundle
{
    /// <summary>Bytes of the longest bundle that there is.</summary>
    public const int MostBytes = TilePath.Width * (2 + RecordLimits.Bytes);

    /// <summary>The bundle of these records. Throws <see cref="ArgumentException"/> for more than 256 of them, or one that is longer than a record may be.</summary>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count > TilePath.Width || records.Any(record => record.Length > RecordLimits.Bytes))
            throw new ArgumentException($"A bundle holds at most {TilePath.Width} records of at most {RecordLimits.Bytes} bytes.", nameof(records));
        // Half a megabyte, all of which is written over.
        var bundle = GC.AllocateUninitializedArray<byte>(records.Sum(record => record.Length + 2));
        var rest = bundle.AsSpan();
        foreach (var record in records)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)record.Length);
            record.Span.CopyTo(rest[2..]);
            rest = rest[(record.Length + 2)..];
        }

        return bundle;
    }

    /// <summary>The records of a bundle that should hold <paramref name="count"/> of them, as slices of it; false when it holds more, fewer, or a piece of one.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bundle, int count, out IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        records = [];
        if (count is < 0 or > TilePath.Width)
            return false;
        var read = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            if (bundle.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(bundle.Span) is var length && bundle.Length < length + 2)
                return false;
            read[i] = bundle.Slice(2, length);
            bundle = bundle[(length + 2)..];
        }

        records = read;
        return bundle.IsEmpty;
    }
}
