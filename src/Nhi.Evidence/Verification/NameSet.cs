using Nhi.Evidence.Records;

namespace Nhi.Evidence.Verification;

/// <summary>
/// A set of names, 20 to 26 bytes each: their <see cref="NameKey"/>, in open addressing, in 256 tables that grow apart and by a third, so that growing never doubles the whole.
/// The lowest bit of an entry says whether the name was seen. Not safe for use by many threads at once.
/// </summary>
internal sealed class NameSet
{
    private const int Tables = 256;
    private readonly UInt128[][] tables = new UInt128[Tables][];
    private readonly int[] counts = new int[Tables];

    /// <summary>Names in it.</summary>
    internal long Count { get; private set; }

    /// <summary>Names that were ticked off.</summary>
    internal long Seen { get; private set; }

    /// <summary>Never zero, which is an empty place, even without its lowest bit.</summary>
    internal static UInt128 KeyOf(string name) => KeyOf(NameKey.Of(name));

    /// <summary>The same of a name in UTF-8.</summary>
    internal static UInt128 KeyOf(ReadOnlySpan<byte> name) => KeyOf(NameKey.Of(name));

    /// <summary>False when it was there.</summary>
    internal bool Add(UInt128 key)
    {
        var table = TableOf(key);
        var places = tables[table] ??= new UInt128[8];
        if (counts[table] * 5 >= places.Length * 4)
            places = tables[table] = Grown(places);
        var place = Find(places, key);
        if (places[place] != 0)
            return false;
        places[place] = key;
        counts[table]++;
        Count++;
        return true;
    }

    internal bool Contains(UInt128 key) => tables[TableOf(key)] is { } places && places[Find(places, key)] != 0;

    /// <summary>Ticks the name off; false when it is not there.</summary>
    internal bool Tick(UInt128 key)
    {
        if (tables[TableOf(key)] is not { } places)
            return false;
        ref var found = ref places[Find(places, key)];
        if (found == 0)
            return false;
        if ((found & 1) == 0)
            Seen++;
        found |= 1;
        return true;
    }

    /// <summary>True for a name that is there and was ticked off.</summary>
    internal bool IsSeen(UInt128 key) => tables[TableOf(key)] is { } places && (places[Find(places, key)] & 1) == 1;

    private static UInt128 KeyOf(UInt128 key) => (key & ~UInt128.One) | 2;

    private static int TableOf(UInt128 key) => (int)(key >> 120);

    private static int Find(UInt128[] places, UInt128 key)
    {
        // The high half of a product spreads over any length.
        var at = (int)(((ulong)(uint)(key >> 64) * (ulong)places.Length) >> 32);
        while (places[at] != 0 && (places[at] & ~UInt128.One) != key)
            at = at + 1 == places.Length ? 0 : at + 1;
        return at;
    }

    private static UInt128[] Grown(UInt128[] places)
    {
        var grown = new UInt128[places.Length + (places.Length / 3) + 1];
        foreach (var key in places)
        {
            if (key != 0)
                grown[Find(grown, key & ~UInt128.One)] = key;
        }

        return grown;
    }
}
