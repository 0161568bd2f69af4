using System.Globalization;
using System.Text;

namespace Nhi.Evidence.Tiles;

/// <summary>Names of C2SP tlog-tiles: <c>tile/0/x001/x234/067.p/8</c> for hashes, <c>tile/entries/x001/234</c> for records, <c>checkpoint</c> for the newest checkpoint.</summary>
public static class TilePath
{
    /// <summary>The newest checkpoint, overwritten by whoever comes last: a hint, like everything here.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>Hashes of a full tile, entries of a full bundle.</summary>
    public const int Width = 256;

    /// <summary>Levels of the tree that a tile spans.</summary>
    public const int Height = 8;

    /// <summary>A tile of hashes. <paramref name="level"/> in tiles (each spans eight levels of the tree), from 0; <paramref name="width"/> 1 to 256 hashes.</summary>
    public static string Of(int level, long index, int width = Width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 63);
        return Name(level.ToString(CultureInfo.InvariantCulture), index, width);
    }

    /// <summary>A bundle of records; <paramref name="width"/> 1 to 256 of them.</summary>
    public static string OfBundle(long index, int width = Width) => Name("entries", index, width);

    /// <summary>How many hashes tile <paramref name="index"/> of that level has in a tree of <paramref name="size"/> leaves: 0 to 256. A bundle is as wide as its tile of level 0.</summary>
    public static int WidthIn(long size, int level, long index) =>
        level * Height > 62 ? 0 : (int)Math.Clamp((size >> (level * Height)) - (index * Width), 0, Width);

    private static string Name(string kind, long index, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width);
        var name = new StringBuilder("tile/").Append(kind).Append('/');
        Digits(name, index, last: true);
        if (width < Width)
            name.Append(CultureInfo.InvariantCulture, $".p/{width}");
        return name.ToString();
    }

    private static void Digits(StringBuilder name, long index, bool last)
    {
        if (index >= 1_000)
            Digits(name, index / 1_000, last: false);
        name.Append(CultureInfo.InvariantCulture, $"{(last ? "" : "x")}{index % 1_000:D3}{(last ? "" : "/")}");
    }
}
