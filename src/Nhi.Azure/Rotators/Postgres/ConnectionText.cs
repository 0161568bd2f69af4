using System.Text.RegularExpressions;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>
/// A published value as its consumer wants it: an ADO connection string (<c>Host=…;Username=…;Password=…</c>), a URI (<c>postgres://user:password@host/…</c>, JDBC's with <c>?user=…&amp;password=…</c>),
/// libpq's <c>host=… user=… password=…</c>, or the bare password. Only the places of user and password are known; all else stays as it is, byte by byte.
/// </summary>
internal sealed partial class ConnectionText
{
    private readonly string _text;
    private readonly Group? _user;
    private readonly Group? _password;
    private readonly Syntax _syntax;

    private ConnectionText(string text, Syntax syntax, Group? user, Group? password) => (_text, _syntax, _user, _password) = (text, syntax, user, password);

    private enum Syntax
    {
        Bare,
        Ado,
        Libpq,
        Uri,
    }

    /// <summary>Null where the text names none.</summary>
    public string? User => _user is null ? null : Decoded(_user.Value);

    public string Password => _password is null ? _text : Decoded(_password.Value);

    /// <summary>A text in which no password is found is a bare password.</summary>
    public static ConnectionText Parse(string text)
    {
        if (UriStart().IsMatch(text))
            return Of(text, Syntax.Uri, UriUser(), UriPassword());
        // Libpq's form knows no semicolon, and ADO's needs one as soon as it has a user beside the password.
        if (text.Contains(';', StringComparison.Ordinal))
            return Of(text, Syntax.Ado, AdoUser(), AdoPassword());
        return Of(text, Syntax.Libpq, LibpqUser(), LibpqPassword());
    }

    /// <summary>The same text with another user and password, which are of characters that need no quoting in any of the forms.</summary>
    public string With(string? user, string password)
    {
        if (_password is null)
            return password;
        var places = new List<(Group Place, string Value)> { (_password, password) };
        if (_user is not null && user is not null)
            places.Add((_user, user));
        var result = _text;
        foreach (var (place, value) in places.OrderByDescending(one => one.Place.Index))
            result = string.Concat(result.AsSpan(0, place.Index), value, result.AsSpan(place.Index + place.Length));
        return result;
    }

    private static ConnectionText Of(string text, Syntax syntax, Regex user, Regex password) =>
        Place(password, text) is { } found
            ? new ConnectionText(text, syntax, Place(user, text), found)
            : new ConnectionText(text, Syntax.Bare, null, null);

    private static Group? Place(Regex pattern, string text) => pattern.Match(text).Groups["value"] is { Success: true } place ? place : null;

    private string Decoded(string written) => _syntax switch
    {
        Syntax.Uri => Uri.UnescapeDataString(written),
        Syntax.Ado when written is ['\'', .., '\''] => written[1..^1].Replace("''", "'", StringComparison.Ordinal),
        Syntax.Ado when written is ['"', .., '"'] => written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal),
        Syntax.Libpq when written is ['\'', .., '\''] => Escape().Replace(written[1..^1], "$1"),
        Syntax.Libpq => Escape().Replace(written, "$1"),
        _ => written,
    };

    [GeneratedRegex(@"\A(?:jdbc:)?postgres(?:ql)?://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UriStart();

    [GeneratedRegex(@"\A[a-z:]+//(?<value>[^:@/?#]+)(?::[^@/?#]*)?@|[?&]user=(?<value>[^&#]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UriUser();

    [GeneratedRegex(@"\A[a-z:]+//[^:@/?#]*:(?<value>[^@/?#]+)@|[?&]password=(?<value>[^&#]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UriPassword();

    [GeneratedRegex(@"(?:\A|;)\s*(?:username|user\s+name|user\s*id|user|uid)\s*=\s*(?<value>'(?:[^']|'')*'|""(?:[^""]|"""")*""|[^;'""\s](?:[^;]*[^;\s])?)\s*(?=;|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AdoUser();

    [GeneratedRegex(@"(?:\A|;)\s*(?:password|pwd|psw)\s*=\s*(?<value>'(?:[^']|'')*'|""(?:[^""]|"""")*""|[^;'""\s](?:[^;]*[^;\s])?)\s*(?=;|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AdoPassword();

    [GeneratedRegex(@"(?:\A|\s)user\s*=\s*(?<value>'(?:[^'\\]|\\.)*'|[^\s'](?:[^\s\\]|\\.)*)", RegexOptions.CultureInvariant)]
    private static partial Regex LibpqUser();

    [GeneratedRegex(@"(?:\A|\s)password\s*=\s*(?<value>'(?:[^'\\]|\\.)*'|[^\s'](?:[^\s\\]|\\.)*)", RegexOptions.CultureInvariant)]
    private static partial Regex LibpqPassword();

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Escape();
}
