namespace Nhi.Azure.Settings;

/// <summary>Which setting a misspelt key may have meant.</summary>
internal static class NearestSetting
{
    /// <param name="path">As configuration spells it, without <c>Nhi:</c>.</param>
    public static Setting Of(string path)
    {
        var theirs = path.ToUpperInvariant().Split(':');
        return SettingsReference.All.MinBy(setting => Distance(Filled(setting, theirs), theirs))!;
    }

    /// <summary>Its parts, with numbers and names of environments as the key has them.</summary>
    private static string[] Filled(Setting setting, string[] theirs) =>
        [.. setting.Name["Nhi__".Length..].Split("__").Select((part, i) => (part is "n" || part[0] == '{') && i < theirs.Length ? theirs[i] : part.ToUpperInvariant())];

    /// <summary>The whole name, or the last part alone in the wrong place.</summary>
    private static int Distance(string[] mine, string[] theirs) =>
        Math.Min(Distance(string.Join(':', mine), string.Join(':', theirs)), Distance(mine[^1], theirs[^1]) + 2);

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }
}
