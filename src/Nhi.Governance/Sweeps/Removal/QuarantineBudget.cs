using System.Globalization;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Removal;

/// <inheritdoc cref="IQuarantineBudget"/>
public sealed class QuarantineBudget(ICursors cursors) : IQuarantineBudget
{
    private const string Name = "quarantines";
    private const int MostRaces = 20;

    public async Task<bool> TryTakeAsync(int aDay, DateTimeOffset now, CancellationToken ct)
    {
        for (var race = 0; race < MostRaces; race++)
        {
            var (cursor, spent) = await ReadAsync(now, ct);
            if (spent >= aDay)
                return false;
            if (await cursors.TryMoveAsync(Name, Text(now, spent + 1), cursor, ct) is not null)
                return true;
        }

        throw Contended();
    }

    public async Task SpentAsync(int count, DateTimeOffset day, CancellationToken ct)
    {
        for (var race = 0; race < MostRaces; race++)
        {
            var (cursor, spent) = await ReadAsync(day, ct);
            if (spent >= count || await cursors.TryMoveAsync(Name, Text(day, count), cursor, ct) is not null)
                return;
        }

        throw Contended();
    }

    private async Task<(Cursor? Cursor, int Spent)> ReadAsync(DateTimeOffset now, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(Name, ct);
        return (cursor, cursor?.Value.Split(' ') is [var day, var count] && day == Day(now) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var spent) ? spent : 0);
    }

    private static string Text(DateTimeOffset now, int spent) => string.Create(CultureInfo.InvariantCulture, $"{Day(now)} {spent}");

    private static string Day(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static ExternalCallException Contended() =>
        new($"Could not take a quarantine out of the day's budget: {MostRaces} others were faster each time. The next run tries again.", mayHaveHappened: false, transient: true, "Contended");
}
