using System.Globalization;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Events;

/// <summary>
/// What no event ever told although one was due: a new version, or the end that is thirty days away. Event Grid tries for a day; whatever has not come an hour later never will.
/// Each is looked at once, in windows that join: the inventory is a table, and no vault is asked. Of a version that was superseded since, as by the timer that found it due, the vault's own log says that it was made, and that its end was announced:
/// whoever is faster than the announcement misses nothing. When an event of a secret came last is known, and not of which version it told: whatever came after is taken for it, and so is what superseded it within minutes. Only what happened since a vault is governed counts: events of before had nobody to go to.
/// </summary>
public sealed class MissedEvents(IInventory inventory, IPlatformChanges changes, IAnnouncements announcements, IVaultRegistry vaults, IFindings findings, FindingDesk desk, ICursors cursors)
{
    /// <summary>Event Grid's day of retries and its dead letter.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(25);

    /// <summary>How long before the end Key Vault announces it.</summary>
    private static readonly TimeSpan _notice = TimeSpan.FromDays(30);

    /// <summary>An event is stamped by another clock than the version.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromMinutes(5);
    private const int MostFacts = 20;
    private const string CursorName = "events-missed";

    /// <summary>Returns how many were missed in this window. Throws what tables and evidence throw: the next run looks at the same window.</summary>
    public async Task<int> RunAsync(DateTimeOffset now, DateTimeOffset tick, GovernedSince since, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(CursorName, ct);
        if (cursor?.Instant is not { } from)
        {
            await cursors.TryMoveAsync(CursorName, Cursor.Of(tick), cursor, ct);
            return 0;
        }

        var to = tick - Grace;
        if (to <= from)
            return 0;
        var missed = 0;
        List<(CredentialId Id, ChangeKind Kind, DateTimeOffset At)> logged = [];
        await foreach (var change in changes.AnnouncedAsync(from, to, ct))
            if (change.Credential is { } id)
                logged.Add((id, change.Kind, change.Time));
        var log = logged.ToLookup(one => one.Id, one => (one.Kind, one.At));
        foreach (var governed in vaults.All)
        {
            var own = since.Of(governed.Host);
            missed += await OfVaultAsync(governed.Host, own > from ? own : from, to, log, now, tick, ct);
        }

        await cursors.TryMoveAsync(CursorName, Cursor.Of(to), cursor, ct);
        return missed;
    }

    private async Task<int> OfVaultAsync(string host, DateTimeOffset from, DateTimeOffset to, ILookup<CredentialId, (ChangeKind Kind, DateTimeOffset At)> log, DateTimeOffset now, DateTimeOffset tick, CancellationToken ct)
    {
        List<string> facts = [];
        await foreach (var entry in inventory.OfVaultAsync(host, ct))
        {
            var created = In(entry.NewestCreated, from, to);
            var near = entry.Expires is { } end && In(Announcement(entry, end), from, to);
            var superseded = log[entry.Id].Where(one => In(one.At, from, to) && one.At < (one.Kind == ChangeKind.Published ? entry.NewestCreated - _slack : entry.NewestCreated)).ToList();
            if (entry.Gone || (!created && !near && superseded.Count == 0))
                continue;
            var told = await announcements.FindAsync(entry.Id, ct);
            if (created && !(told?.NewVersion >= entry.NewestCreated - _slack))
                facts.Add(Fact("SecretNewVersionCreated", entry.NewestCreated, entry.Id));
            if (near && !(told?.NearExpiry >= Announcement(entry, entry.Expires!.Value) - _slack))
                facts.Add(Fact("SecretNearExpiry", Announcement(entry, entry.Expires!.Value), entry.Id));
            facts.AddRange(superseded.Where(one => !((one.Kind == ChangeKind.Published ? told?.NewVersion : told?.NearExpiry) >= one.At - _slack))
                .Select(one => Fact(one.Kind == ChangeKind.Published ? "SecretNewVersionCreated" : "SecretNearExpiry", one.At, entry.Id)));
        }

        if (facts.Count > 0)
            await TellAsync(host, facts, now, tick, ct);
        return facts.Count;
    }

    private static bool In(DateTimeOffset at, DateTimeOffset from, DateTimeOffset to) => at > from && at <= to;

    /// <summary>A version that is born with less than thirty days to live is announced at once.</summary>
    private static DateTimeOffset Announcement(InventoryEntry entry, DateTimeOffset end) => end - _notice > entry.NewestCreated ? end - _notice : entry.NewestCreated;

    private static string Fact(string type, DateTimeOffset at, CredentialId id) => string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd'T'HH:mm:ss'Z'} {type} of {id.Name}");

    private async Task TellAsync(string host, IReadOnlyList<string> facts, DateTimeOffset now, DateTimeOffset tick, CancellationToken ct)
    {
        var known = (await findings.OfAsync(host, ct)).FirstOrDefault(finding => finding.Signal == SignalNames.EventMissed);
        var finding = new Finding
        {
            Signal = SignalNames.EventMissed,
            Subject = host,
            Severity = "warning",
            Score = 50,
            Facts = [.. (known?.Facts ?? []).Concat(facts).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).TakeLast(MostFacts)],
            Remedy = "Look whether the vault's event subscription is there and points at the function (infra/subscriptions.bicep); sweeps found these all the same.",
        };
        await desk.TellAsync(host, [finding], new HashSet<string> { SignalNames.EventMissed }, Trigger.FromTimer("ReconcileReality", tick), now, ct);
    }
}
