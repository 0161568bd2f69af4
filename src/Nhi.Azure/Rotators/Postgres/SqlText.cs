namespace Nhi.Azure.Rotators.Postgres;

/// <summary>Names and literals inside a statement, for <c>ALTER ROLE</c>, which takes no parameters.</summary>
internal static class SqlText
{
    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string name) => Quoted(name, '"');

    /// <summary>A quoted string. A backslash means itself only where <c>standard_conforming_strings</c> is on, so a text with one is refused.</summary>
    public static string Literal(string text) =>
        text.Contains('\\', StringComparison.Ordinal) ? throw new ArgumentException("A literal with a backslash is not written here.", nameof(text)) : Quoted(text, '\'');

    private static string Quoted(string text, char quote) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("PostgreSQL knows no text with a null character.", nameof(text))
            : $"{quote}{text.Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)}{quote}";
}
