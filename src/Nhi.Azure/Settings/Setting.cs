namespace Nhi.Azure.Settings;

/// <summary>
/// One line of the reference. <paramref name="Name"/>: as an environment variable, with <c>n</c> for a number and <c>{environment}</c> for a name; <paramref name="Type"/>: what it holds;
/// <paramref name="Default"/>: what counts when it is absent, <c>required</c> where nothing does.
/// </summary>
public sealed record Setting(string Name, string Type, string Default, string Description)
{
    public const string Required = "required";

    /// <summary>True when a configuration key (without <c>Nhi:</c>) is this setting.</summary>
    internal bool Names(string key)
    {
        var mine = Name["Nhi__".Length..].Split("__");
        var theirs = key.Split(':');
        return mine.Length == theirs.Length && mine.Zip(theirs).All(pair => Names(pair.First, pair.Second));
    }

    private static bool Names(string mine, string theirs) => mine switch
    {
        "n" => theirs.Length is > 0 and <= 4 && theirs.All(char.IsAsciiDigit),
        "{environment}" => EnvironmentName.IsOne(theirs),
        _ => string.Equals(mine, theirs, StringComparison.OrdinalIgnoreCase),
    };
}
