using System.Globalization;

namespace Nhi.Cli.Deploying;

/// <summary>A change in one place of a text, as <c>diff -u</c> writes it.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>Lines of the diff; none for equal texts.</summary>
    public static IReadOnlyList<string> Of(string file, string before, string after)
    {
        var (old, now) = (Lines(before), Lines(after));
        var same = old.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same == old.Length && same == now.Length)
            return [];
        var tail = old.Reverse().Zip(now.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        tail = Math.Min(tail, Math.Min(old.Length, now.Length) - same);
        var begin = Math.Max(0, same - Context);
        var (oldEnd, nowEnd) = (Math.Min(old.Length, old.Length - tail + Context), Math.Min(now.Length, now.Length - tail + Context));
        return
        [
            $"--- {file}",
            $"+++ {file}",
            string.Create(CultureInfo.InvariantCulture, $"@@ -{begin + 1},{oldEnd - begin} +{begin + 1},{nowEnd - begin} @@"),
            .. old[begin..same].Select(line => " " + line),
            .. old[same..(old.Length - tail)].Select(line => "-" + line),
            .. now[same..(now.Length - tail)].Select(line => "+" + line),
            .. old[(old.Length - tail)..oldEnd].Select(line => " " + line),
        ];
    }

    private static string[] Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
