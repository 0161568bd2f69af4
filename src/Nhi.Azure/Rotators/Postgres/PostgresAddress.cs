using System.Globalization;
using System.Text.RegularExpressions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators.Postgres;

/// <summary>
/// <c>host[:port]/database/roleA[+roleB]</c>. Roles belong to the server, not to a database: the resource is server and roles, so that two secrets
/// which open two databases with the same roles share one lock; the database is only where a login is tried.
/// </summary>
internal sealed partial record PostgresAddress(string Host, int Port, string Database, IReadOnlyList<string> Roles)
{
    public const string Form = "host[:port]/database/roleA+roleB (a pair), or host[:port]/database/role (a cutover), in lower case";
    private const int UsualPort = 5432;

    public OverlapClass Overlap => Roles.Count == 2 ? OverlapClass.Pair : OverlapClass.Cutover;

    /// <summary>Roles in their order.</summary>
    public ResourceId Resource => new($"postgres:{Host}{(Port == UsualPort ? "" : $":{Port.ToString(CultureInfo.InvariantCulture)}")}/{string.Join('+', Roles)}");

    /// <summary>Null for a text of another form. Upper case is refused: names differ by case in PostgreSQL, resource ids do not.</summary>
    public static PostgresAddress? TryParse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match)
            return null;
        var port = match.Groups["port"] is { Success: true } given ? int.Parse(given.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : UsualPort;
        string[] roles = match.Groups["b"].Success ? [match.Groups["a"].Value, match.Groups["b"].Value] : [match.Groups["a"].Value];
        Array.Sort(roles, StringComparer.Ordinal);
        return port is >= 1 and <= 65535 && roles.Distinct(StringComparer.Ordinal).Count() == roles.Length
            ? new PostgresAddress(match.Groups["host"].Value, port, match.Groups["database"].Value, roles)
            : null;
    }

    /// <summary>As <see cref="GovernedResource.Address"/> holds it.</summary>
    public override string ToString() => $"{Host}:{Port.ToString(CultureInfo.InvariantCulture)}/{Database}/{string.Join('+', Roles)}";

    [GeneratedRegex(@"\A(?<host>[a-z0-9](?:[a-z0-9-]{0,62}\.)*[a-z0-9-]{0,62}[a-z0-9])(?::(?<port>[0-9]{1,5}))?/(?<database>[a-z_][a-z0-9_$.-]{0,62})/(?<a>[a-z_][a-z0-9_$-]{0,62})(?:\+(?<b>[a-z_][a-z0-9_$-]{0,62}))?\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Pattern();
}
