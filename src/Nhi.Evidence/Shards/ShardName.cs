using System.Globalization;

namespace Nhi.Evidence.Shards;

/// <summary>The origin of a year's log: <c>{account host}/evidence-{yyyy}</c>.</summary>
public sealed record ShardName
{
    private const string Container = "evidence-";

    private ShardName(string origin, string account, int year) => (Origin, Account, Year) = (origin, account, year);

    public string Origin { get; }

    /// <summary>The account's host.</summary>
    public string Account { get; }

    public int Year { get; }

    /// <summary>The beginning of its year, UTC.</summary>
    public DateTimeOffset Begins => new(Year, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>True where the log is a year's and that year is not over at this instant (UTC): whoever closes it then keeps records out of it.</summary>
    public static bool IsUnderWay(string? origin, DateTimeOffset at) => TryParse(origin) is { Year: < 9999 } shard && at.UtcDateTime.Year <= shard.Year;

    /// <summary>Null for a log that is not one of a year's.</summary>
    public static ShardName? TryParse(string? origin)
    {
        if (origin is null || origin.LastIndexOf('/') is var slash && slash < 1)
            return null;
        var name = origin.AsSpan(slash + 1);
        return name.Length == Container.Length + 4 && name.StartsWith(Container, StringComparison.Ordinal)
            // Digits alone: a parser passes over zero characters behind them.
            && char.IsAsciiDigit(name[^1]) && int.TryParse(name[Container.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var year) && year > 0
                ? new ShardName(origin, origin[..slash], year)
                : null;
    }

    /// <summary>The same account's log of another year.</summary>
    public string Of(int year) => string.Create(CultureInfo.InvariantCulture, $"{Account}/{Container}{year:D4}");
}
