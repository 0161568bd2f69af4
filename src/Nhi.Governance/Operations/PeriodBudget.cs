using System.Globalization;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Operations;

/// <summary>
/// What may be done so often in a period (UTC) over all instances: one cursor, which says the newest period and how much of it is spent. A lost answer may count one that did not happen: it errs on the side of fewer.
/// Whoever began before the period turned counts in the new one, and never gives it back.
/// </summary>
/// <param name="cursors">The table.</param>
/// <param name="name">The cursor's name.</param>
/// <param name="period">The instant's format that tells periods apart and orders them, e.g. <c>yyyy-MM-dd</c>.</param>
internal sealed class PeriodBudget(ICursors cursors, string name, string period)
{
    private const int MostRaces = 20;

    /// <summary>As this process wrote it last: where nobody else took one since, it need not be read. The move says so.</summary>
    private Cursor? _known;

    /// <summary>Takes one; false when <paramref name="cap"/> are spent. Throws <see cref="ExternalCallException"/>.</summary>
    public Task<bool> TryTakeAsync(int cap, DateTimeOffset now, CancellationToken ct) => TryMoveAsync(now, (_, spent) => spent < cap ? spent + 1 : null, ct);

    /// <summary>At least that many were spent in the instant's period. Throws <see cref="ExternalCallException"/>.</summary>
    public Task SpentAsync(int count, DateTimeOffset at, CancellationToken ct) => TryMoveAsync(at, (same, spent) => same && spent < count ? count : null, ct);

    private async Task<bool> TryMoveAsync(DateTimeOffset at, Func<bool, int, int?> change, CancellationToken ct)
    {
        var own = at.UtcDateTime.ToString(period, CultureInfo.InvariantCulture);
        for (var race = 0; race < MostRaces; race++)
        {
            var cursor = Interlocked.Exchange(ref _known, null) ?? await cursors.ReadAsync(name, ct);
            var (current, spent) = Parse(cursor?.Value, own);
            if (change(current == own, spent) is not { } next)
            {
                _known = cursor;
                return false;
            }

            if (await cursors.TryMoveAsync(name, string.Create(CultureInfo.InvariantCulture, $"{current} {next}"), cursor, ct) is not { } moved)
                continue;
            _known = moved;
            return true;
        }

        throw new ExternalCallException($"Could not take one out of the budget '{name}': {MostRaces} others were faster each time. The next run tries again.", mayHaveHappened: false, transient: true, "Contended");
    }

    private (string Period, int Spent) Parse(string? value, string own) =>
        value?.Split(' ') is [var current, var count]
        && DateTime.TryParseExact(current, period, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var spent)
        && string.CompareOrdinal(current, own) >= 0
            ? (current, spent)
            : (own, 0);
}
