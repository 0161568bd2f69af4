namespace Nhi.Evidence.Records;

/// <summary>Sizes that a record keeps to. What is longer is cut on writing, and refused on reading.</summary>
public static class RecordLimits
{
    /// <summary>Bytes of a stored record, signature included: the most that a C2SP entry bundle can hold.</summary>
    public const int Bytes = 65_535;

    /// <summary>UTF-16 characters of any string.</summary>
    public const int Text = 2_048;

    /// <summary>UTF-16 characters of an id, path or hash that is never cut: longer is refused.</summary>
    public const int Identity = 512;

    /// <summary>The greatest integer, and less zero the least: what every JSON tool holds exactly.</summary>
    public const long Integer = (1L << 53) - 1;

    /// <summary>Entries of a list of strings or of counts.</summary>
    public const int Entries = 256;

    /// <summary>Slots or principals of a resource.</summary>
    public const int Slots = 16;

    /// <summary>Records of a closed shard that one record lists.</summary>
    public const int Strays = 64;

    /// <summary>Nesting of objects and lists.</summary>
    public const int Depth = 8;

    /// <summary>What one cut of a record that would be too long allows for strings and for lists; the last one always fits.</summary>
    internal static readonly (int Text, int Entries)[] Cuts = [(Text, Entries), (1_024, 128), (512, 64), (256, 32), (128, 16), (64, 4)];
}
