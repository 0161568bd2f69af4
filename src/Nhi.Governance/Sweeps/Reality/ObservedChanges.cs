using System.Globalization;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// Where a rule only observes, others do the work and are meant to: what they publish and tag is one piece of information a vault and day, by who did it, and no alarm each. Kept in a cursor a vault until the day (UTC) is over.
/// </summary>
internal sealed class ObservedChanges(ICursors cursors, FindingDesk desk)
{
    /// <summary>Who is named of one day; the others are counted together.</summary>
    private const int Most = 20;
    private const string Others = "others";

    /// <summary>Adds what was judged now, and tells of the day that is over. Throws <see cref="ExternalCallException"/> and <see cref="Evidence.EvidenceRefusedException"/>: what is judged again is counted again.</summary>
    public async Task NoteAsync(string vaultHost, IReadOnlyList<PlatformChange> changes, DateTimeOffset now, Trigger trigger, CancellationToken ct)
    {
        var name = $"observed-changes-{CrockfordBase32.OfSha256(vaultHost)}";
        var cursor = await cursors.ReadAsync(name, ct);
        if (cursor is null && changes.Count == 0)
            return;
        var (day, counts) = Parse(cursor?.Value);
        var today = now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (day is not null && day != today)
        {
            // A day without any ends what was told of the last one.
            await desk.TellAsync(vaultHost, counts.Count == 0 ? [] : [Finding(vaultHost, day, counts)], new HashSet<string> { SignalNames.ObservedChanges }, trigger, now, ct);
            counts.Clear();
        }

        foreach (var who in changes.Select(change => change.Principal ?? Others))
        {
            var named = counts.ContainsKey(who) || counts.Count < Most ? who : Others;
            counts[named] = counts.GetValueOrDefault(named) + 1;
        }

        if (changes.Count > 0 || day != today)
            await cursors.TryMoveAsync(name, string.Join(' ', [today, .. counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key}={count.Value}"))]), cursor, ct);
    }

    private static Finding Finding(string vaultHost, string day, Dictionary<string, int> counts) => new()
    {
        Signal = SignalNames.ObservedChanges,
        Subject = vaultHost,
        Severity = "info",
        Score = 10,
        Facts = [.. counts.OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal).Select(count => string.Create(CultureInfo.InvariantCulture, $"{day}: {count.Value} changes by {count.Key}"))],
        Remedy = "Nothing is wrong: the rules of these secrets only observe, and others change them. nhi plan --all shows what the product would do; mode: enforce lets it.",
    };

    private static (string? Day, Dictionary<string, int> Counts) Parse(string? value)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        if (value?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var day, .. var parts])
            return (null, counts);
        foreach (var part in parts)
            if (part.Split('=') is [var who, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                counts[who] = count;
        return (day, counts);
    }
}
