namespace Nhi.Governance.Policies.Yaml;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Nearest
{
    /// <summary>Null when nothing is near.</summary>
    public static string? Of(string word, IEnumerable<string> known)
    {
        if (word.Length > 64)
            return null;
        var (best, distance) = known.Select(candidate => (candidate, Distance(word, candidate))).OrderBy(pair => pair.Item2).ThenBy(pair => pair.candidate, StringComparer.Ordinal).FirstOrDefault();
        return best is not null && distance <= Math.Max(2, best.Length / 3) ? best : null;
    }

    // Levenshtein over lower-case letters, dashes and underscores left out: rotate_before is near rotateBefore.
    private static int Distance(string a, string b)
    {
        var (x, y) = (Plain(a), Plain(b));
        var row = Enumerable.Range(0, y.Length + 1).ToArray();
        for (var i = 1; i <= x.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= y.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (x[i - 1] == y[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }

    private static string Plain(string word) => string.Concat(word.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
