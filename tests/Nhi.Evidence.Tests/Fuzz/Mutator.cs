using System.Text;

namespace Nhi.Evidence.Tests.Fuzz;

/// <summary>Hostile bytes out of a seed: valid examples with a few changes each, now and then nothing but noise.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> examples, IReadOnlyList<byte[]> words)
{
    private const int Most = 128 * 1024;

    /// <summary>What breaks readers of any format.</summary>
    private static readonly byte[][] Always =
    [
        .. new[]
        {
            "", "\0", "\n", "\n\n", "\r\n", "\t", " ", "-", "+", "/", "//", "../", "~", "=", "==", "\"", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", "null", "true", "1.5", "1e400", "-1", "0", "00", "9007199254740993",
            "9223372036854775807", "9223372036854775808", "18446744073709551616", "99999999999999999999999999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-24T13:05:07+14:00", "\u2014 ", "\u2028", "🔑", "\uFEFF",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff],
    ];

    internal byte[] Next(Random random)
    {
        if (random.Next(25) == 0)
        {
            var noise = new byte[random.Next(1 << random.Next(1, 13))];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = examples[random.Next(examples.Count)];
        for (var i = random.Next(16) == 0 ? 0 : 1 + random.Next(1 << random.Next(5)); i > 0; i--)
            bytes = Change(bytes, random);
        return bytes.Length > Most ? bytes[..Most] : bytes;
    }

    private byte[] Change(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var length = Math.Min(random.Next(1 << random.Next(1, 9)), bytes.Length - at);
        return random.Next(11) switch
        {
            0 or 1 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
            2 when at < bytes.Length => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
            3 => [.. bytes[..at], .. bytes[(at + length)..]],
            4 => [.. bytes[..(at + length)], .. bytes[at..]],
            5 => bytes[..at],
            6 => Repeat(bytes, at, length, random),
            7 => Splice(bytes, at, random),
            8 => Lines(bytes, random),
            9 => Number(bytes, at, random),
            _ => [.. bytes[..at], .. Word(random), .. bytes[(at + (random.Next(2) * length))..]],
        };
    }

    private byte[] Word(Random random) => words.Count > 0 && random.Next(2) == 0 ? words[random.Next(words.Count)] : Always[random.Next(Always.Length)];

    private static byte[] Repeat(byte[] bytes, int at, int length, Random random)
    {
        var times = Math.Min(1 << random.Next(1, 11), Most / Math.Max(length, 1));
        return bytes.Length > Most ? bytes : [.. bytes[..at], .. Enumerable.Repeat(bytes[at..(at + length)], times).SelectMany(piece => piece), .. bytes[at..]];
    }

    private byte[] Splice(byte[] bytes, int at, Random random)
    {
        var other = examples[random.Next(examples.Count)];
        return [.. bytes[..at], .. other[Math.Min(random.Next(2) == 0 ? at : random.Next(other.Length + 1), other.Length)..]];
    }

    /// <summary>Two lines change places, or one stands twice.</summary>
    private static byte[] Lines(byte[] bytes, Random random)
    {
        var lines = Encoding.Latin1.GetString(bytes).Split('\n').ToList();
        var (left, right) = (random.Next(lines.Count), random.Next(lines.Count));
        if (random.Next(2) == 0)
            (lines[left], lines[right]) = (lines[right], lines[left]);
        else
            lines.Insert(left, lines[right]);
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>The next digits become another number.</summary>
    private static byte[] Number(byte[] bytes, int at, Random random)
    {
        var start = Array.FindIndex(bytes, at, b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
            return bytes;
        var end = Array.FindIndex(bytes, start, b => b is < (byte)'0' or > (byte)'9');
        return [.. bytes[..start], .. Encoding.ASCII.GetBytes($"{random.NextInt64() >> random.Next(64)}"), .. bytes[(end < 0 ? bytes.Length : end)..]];
    }
}
