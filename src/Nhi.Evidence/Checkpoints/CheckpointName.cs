using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Nhi.Evidence.Sequencing;

namespace Nhi.Evidence.Checkpoints;

/// <summary>
/// Names of checkpoints, beside their batches: <c>log/000012/000012345.checkpoint.txt</c>; where something void has that name, <c>log/000012/000012345.checkpoint~{16 hex}.txt</c>
/// with the beginning of the note's own SHA-256, which nobody can know before it is signed.
/// </summary>
public static class CheckpointName
{
    public const string ContentType = BatchName.ContentType;

    private const string End = ".txt";
    private const int MostCharacters = 80;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The plain name.</summary>
    public static string Of(long batch) => Prefix(batch) + End;

    /// <summary>The name beside it for these bytes.</summary>
    public static string Beside(long batch, ReadOnlySpan<byte> note) => $"{Prefix(batch)}~{Convert.ToHexStringLower(SHA256.HashData(note).AsSpan(0, 8))}{End}";

    /// <summary>What all names of that batch's checkpoints begin with: a valid note under any of them counts.</summary>
    public static string Prefix(long batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        return string.Create(CultureInfo.InvariantCulture, $"log/{batch / 1_000:D6}/{batch:D9}.checkpoint");
    }

    /// <summary>The batch that a name is for, and whether it is a name beside the plain one; false for a name that no checkpoint has.</summary>
    public static bool TryParse(string? path, out long batch, out bool beside)
    {
        (batch, beside) = (0, false);
        if (path is null || path.Length > MostCharacters)
            return false;
        var file = path.AsSpan(path.LastIndexOf('/') + 1);
        var end = file.IndexOf('.');
        if (end < 0 || !long.TryParse(file[..end], NumberStyles.None, CultureInfo.InvariantCulture, out batch))
            return false;
        var prefix = Prefix(batch);
        if (!path.StartsWith(prefix, StringComparison.Ordinal) || !path.EndsWith(End, StringComparison.Ordinal))
            return false;
        var middle = path.AsSpan(prefix.Length, Math.Max(path.Length - prefix.Length - End.Length, 0));
        beside = middle.Length == 17 && middle[0] == '~' && !middle[1..].ContainsAnyExcept(Hex);
        return middle.Length == 0 || beside;
    }
}
