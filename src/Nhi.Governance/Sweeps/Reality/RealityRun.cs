using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// The timer <c>ReconcileReality</c>: reads what the platform logged since the last time, keeps what was used and what was changed, and holds the changes against evidence, and evidence against them.
/// A vault or source that does not answer, or whose log has a hole, never stops the others, and the run says so.
/// </summary>
public sealed partial class RealityRun(
    AuditWalk walk, IPlatformChanges changes, IEnumerable<IChangeSource> sources, IEvidenceHours evidence, IBatchedEvidence batched, IVaultRegistry vaults, IInventory inventory, ISweptEstate estate, IOwnerBook owners,
    IFindings findings, FindingDesk desk, CoverageBook coverage, ICursors cursors, DeadLetters dead, MissedEvents missed, ProductIdentities own, ILogger<RealityRun> logger)
{
    private readonly ObservedChanges _observed = new(cursors, desk);

    /// <summary>Its period: records are floored to it.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>What its coverage records say they cover.</summary>
    public const string Source = "platform-changes";

    /// <summary>A record is held against a log only after the log has had this long to come.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromHours(3);

    /// <summary>Attempts begin this long before what they do, at most.</summary>
    private static readonly TimeSpan _longestAttempt = TimeSpan.FromHours(2);

    /// <summary>A change that is older, and that an earlier run would have judged had the log told of it, is judged no more, and told as late: evidence of long ago is not read again each time that a log is late.</summary>
    private static readonly TimeSpan _reach = TimeSpan.FromDays(3);

    /// <summary>Logs are read back for a week (<see cref="LogPlace.FirstReach"/>), and a line may lie a day away from its hour. What happened while nothing ran is judged as far back as that.</summary>
    private static readonly TimeSpan _oldest = LogPlace.FirstReach + TimeSpan.FromDays(2);

    /// <summary>Changes of one subject that one run tells, the worst first: the rest is told by the next ones.</summary>
    private const int MostTold = RealityFindings.MostFacts;

    /// <summary>Changes of before governance that are held until they are written down.</summary>
    private const int MostAtOnce = 1_000;

    /// <summary>Changes read too late that one run tells.</summary>
    private const int MostLate = 5_000;
    private const string Name = "reconcile-reality";
    private const string Action = "estate.reconcile";

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<RealityReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var tick = Trigger.Floor(now, Period);
        var report = new RealityReport();
        var covered = await coverage.CoveredAsync(Name, Action, Source, tick, ct);
        var since = await GovernedSince.ReadAsync(cursors, vaults.All.Select(vault => vault.Host), covered, now, ct);
        // However many runs failed, the first window reaches back to where governance began.
        var from = covered ?? Earlier(since.Estate, tick - Period);
        if (from < now - LogPlace.FirstReach)
            report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"everything between {from:yyyy-MM-dd'T'HH:mm'Z'} and {now - LogPlace.FirstReach:yyyy-MM-dd'T'HH:mm'Z'}: nothing ran, and logs are read back for {LogPlace.FirstReach.TotalDays:0} days"));
        var spans = await ReadVaultsAsync(now, from, tick, since, report, ct);
        var whole = new Dictionary<IChangeSource, DateTimeOffset>();
        foreach (var source in sources)
            await IsolatedAsync(source.Name, report, async () => whole[source] = await ReadSourceAsync(source, now, since.Estate, ct), ct);
        await IsolatedAsync("evidence", report, () => JoinAsync(now, tick, covered, since, report, ct), ct);
        await IsolatedAsync("what came into the log", report, () => ClaimsAsync(now, tick, covered, spans, whole, report, ct), ct);
        await IsolatedAsync("dead letters", report, async () => report.DeadEvents = await dead.RunAsync(now, tick, ct), ct);
        await IsolatedAsync("missed events", report, async () => report.EventsMissed = await missed.RunAsync(now, tick, since, ct), ct);
        await CoverAsync(from, tick, report, ct);
        return report;
    }

    private async Task<Dictionary<string, LogSpans>> ReadVaultsAsync(DateTimeOffset now, DateTimeOffset from, DateTimeOffset tick, GovernedSince since, RealityReport report, CancellationToken ct)
    {
        var spans = new Dictionary<string, LogSpans>(StringComparer.Ordinal);
        foreach (var governed in vaults.All)
            await IsolatedAsync(governed.Host, report, async () =>
            {
                var walked = await walk.RunAsync(governed.Host, now, (one, token) => VaultChanges.Of(one, governed.Host) is { } change ? changes.NoteAsync(change, token) : Task.CompletedTask, ct);
                spans[governed.Host] = walked.Spans;
                report.Lines += walked.Lines;
                report.Failures.AddRange(walked.Unread.Select(place => $"{governed.Host}: its log in the {place} could not be read"));
                var own = since.Of(governed.Host);
                var begin = own > from ? own : from;
                if (walked.Spans.End is not { } end)
                    report.Failures.Add($"{governed.Host}: it has no log");
                else if (end < tick)
                    report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"{governed.Host}: its log ends at {end:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
                else if (!walked.Spans.Covers(begin, tick))
                    report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"{governed.Host}: its log has a hole between {begin:yyyy-MM-dd'T'HH:mm'Z'} and {tick:yyyy-MM-dd'T'HH:mm'Z'}"));
            }, ct);
        return spans;
    }

    /// <summary>Since when it was read without a hole, up to now.</summary>
    private async Task<DateTimeOffset> ReadSourceAsync(IChangeSource source, DateTimeOffset now, DateTimeOffset since, CancellationToken ct)
    {
        var name = $"changes-{source.Name}";
        var cursor = await cursors.ReadAsync(name, ct);
        var last = cursor?.Instant ?? since;
        // A source that was down for weeks is not asked for weeks.
        last = last > now - LogPlace.FirstReach ? last : now - LogPlace.FirstReach;
        await foreach (var change in source.ChangesAsync(last - source.Lateness, now, ct))
            await changes.NoteAsync(change, ct);
        await cursors.TryMoveAsync(name, Cursor.Of(now), cursor, ct);
        var begin = await cursors.ReadAsync($"{name}-whole", ct);
        if (begin?.Instant is { } known && cursor?.Instant >= last)
            return known;
        await cursors.TryMoveAsync($"{name}-whole", Cursor.Of(last - source.Lateness), begin, ct);
        return last - source.Lateness;
    }

    private async Task JoinAsync(DateTimeOffset now, DateTimeOffset tick, DateTimeOffset? covered, GovernedSince since, RealityReport report, CancellationToken ct)
    {
        var trigger = Trigger.FromTimer("ReconcileReality", tick);
        var open = await OpenAsync(now, covered, since, trigger, report, ct);
        var earliest = open.Select(change => change.Time).Append(now).Min() - _longestAttempt;
        var deeds = Deed.Of(await RecordsAsync(earliest, now, ct));
        var join = new RealityJoin(deeds, await changes.ExplainedAsync(earliest, ct).ToListAsync(ct), afterGap: covered < tick - RealityJoin.LongPatience);
        await JudgeAsync(open, join, now, trigger, report, ct);
    }

    /// <summary>What is to be judged. What is of before governance is nobody's, and what was read too late is told as such: both are done with.</summary>
    private async Task<List<PlatformChange>> OpenAsync(DateTimeOffset now, DateTimeOffset? covered, GovernedSince since, Trigger trigger, RealityReport report, CancellationToken ct)
    {
        // Nobody was late where nothing ran.
        var judged = Earlier(now - _reach, (covered ?? now) - RealityJoin.LongPatience);
        List<PlatformChange> open = [], late = [], before = [];
        var told = new LateChanges(findings, desk);
        await foreach (var change in changes.OpenAsync(now - _oldest, ct))
            if (change.Time < since.Of(change))
            {
                before.Add(change);
                if (before.Count >= MostAtOnce)
                    await BeforeAsync(before, report, ct);
            }
            else if (change.Time >= judged)
                open.Add(change);
            else if (late.Count < MostLate && told.TryAdd(change))
                late.Add(change);
        await BeforeAsync(before, report, ct);
        // Told before they count as judged, as what is not explained is.
        await told.TellAsync(trigger, now, ct);
        await changes.JudgedAsync(late, "late", ct);
        if ((report.Late = late.Count) > 0)
            report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"changes that were read more than {_reach.TotalDays:0} days late: {late.Count}{(late.Count == MostLate ? " and more, which the next run tells" : "")}"));
        return open;
    }

    /// <summary>Counted in the run's one record of coverage, and kept as judged: whoever sets up a vault changes much in a day.</summary>
    private async Task BeforeAsync(List<PlatformChange> before, RealityReport report, CancellationToken ct)
    {
        await changes.JudgedAsync(before, "before", ct);
        report.Before += before.Count;
        before.Clear();
    }

    /// <summary>Each record that says that it published a version, or made or removed a credential, once, however long ago it says that was: the vault's log has had its time since the record came, and not since what the record says.</summary>
    private Task ClaimsAsync(DateTimeOffset now, DateTimeOffset tick, DateTimeOffset? covered, Dictionary<string, LogSpans> spans, Dictionary<IChangeSource, DateTimeOffset> whole, RealityReport report, CancellationToken ct) => batched.EachAsync(now, Wait, covered - Wait - Period, async (records, token) =>
    {
        foreach (var deed in Deed.Of(records.Where(record => record.Stage != RecordStage.Intent)).Where(deed => !deed.IsOpen).OrderBy(deed => deed.Start))
        {
            var lies = new[] { await PublicationAsync(deed, spans, now, report, token), await OfProviderAsync(deed, whole, now, report, token) }.OfType<string>().ToList();
            if (lies.Count > 0)
                await AccuseAsync(deed, string.Join("; ", lies), now, Trigger.FromTimer("ReconcileReality", tick), report, token);
        }
    }, ct);

    private async Task<List<EvidenceRecord>> RecordsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        List<EvidenceRecord> records = [];
        await foreach (var record in evidence.OfAsync(from, to, ct))
            records.Add(record);
        return records;
    }

    private async Task JudgeAsync(IReadOnlyList<PlatformChange> open, RealityJoin join, DateTimeOffset now, Trigger trigger, RealityReport report, CancellationToken ct)
    {
        var entries = new Dictionary<CredentialId, InventoryEntry?>();
        List<PlatformChange> unexplained = [];
        foreach (var change in open.OrderBy(change => change.Time).ThenBy(change => change.Key, StringComparer.Ordinal))
        {
            var entry = await EntryAsync(change, entries, ct);
            var verdict = RealityFindings.WantsNoAnswer(change, entry) ? new ChangeVerdict(Judged.Matched) : join.Judge(change, entry?.Resource, now);
            if (verdict.What == Judged.NotYet)
                continue;
            report.Changes++;
            if (verdict.What == Judged.Unexplained)
            {
                unexplained.Add(change);
                continue;
            }

            report.Matched++;
            await changes.JudgedAsync(change, "matched", verdict.Op, ct);
        }

        await ObserveAsync(unexplained, entries, now, trigger, report, ct);
        foreach (var group in unexplained.GroupBy(change => (Signal: RealityFindings.SignalOf(change.Kind), change.Subject)))
        {
            var worst = group.OrderByDescending(change => RealityFindings.Harm(change.Kind)).ThenBy(change => change.Time).ToList();
            if (worst.Count > MostTold)
                report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"{group.Key.Subject}: {worst.Count - MostTold} more changes, which the next run tells"));
            await IsolatedAsync(group.Key.Subject, report, () => TellAsync([.. worst.Take(MostTold)], entries, now, trigger, report, ct), ct);
        }
    }

    /// <summary>Takes out what a rule that only observes leaves to others.</summary>
    private async Task ObserveAsync(List<PlatformChange> unexplained, Dictionary<CredentialId, InventoryEntry?> entries, DateTimeOffset now, Trigger trigger, RealityReport report, CancellationToken ct)
    {
        List<PlatformChange> observed = [];
        foreach (var change in unexplained)
            if (RealityFindings.IsOnlyObserved(change, await EntryAsync(change, entries, ct), IsOurs(change)))
                observed.Add(change);
        unexplained.RemoveAll(observed.Contains);
        var byVault = observed.ToLookup(change => change.Credential!.Value.Vault, StringComparer.Ordinal);
        foreach (var host in vaults.All.Select(vault => vault.Host))
            await IsolatedAsync(host, report, async () =>
            {
                await _observed.NoteAsync(host, [.. byVault[host]], now, trigger, ct);
                await changes.JudgedAsync([.. byVault[host]], "observed", ct);
            }, ct);
    }

    private bool IsOurs(PlatformChange change) => change.AppId is { } app && own.ClientIds.Contains(app, StringComparer.OrdinalIgnoreCase);

    /// <summary>Told before it counts as judged: a crash between the two tells the same facts again, which is no news.</summary>
    private async Task TellAsync(IReadOnlyList<PlatformChange> group, Dictionary<CredentialId, InventoryEntry?> entries, DateTimeOffset now, Trigger trigger, RealityReport report, CancellationToken ct)
    {
        var signal = RealityFindings.SignalOf(group[0].Kind);
        var known = (await findings.OfAsync(group[0].Subject, ct)).FirstOrDefault(finding => finding.Signal == signal);
        var ours = group.Any(IsOurs);
        var finding = RealityFindings.Of(group, await EntryAsync(group[0], entries, ct), ours, known);
        await desk.TellAsync(finding.Subject, [finding], new HashSet<string> { signal }, trigger, now, ct);
        await changes.JudgedAsync([.. group], "told", ct);
        report.Told.AddRange(group);
    }

    /// <summary>What a record says was published must stand in the vault's own log, where that is whole. Null where it does, or nobody can say.</summary>
    private async Task<string?> PublicationAsync(Deed deed, Dictionary<string, LogSpans> spans, DateTimeOffset now, RealityReport report, CancellationToken ct)
    {
        if (deed.Published is not { } version || !CredentialId.TryParse(deed.Credential, out var id) || vaults.Find(id.Vault) is null || await changes.SawPublishedAsync(id, version, ct))
            return null;
        var (start, ended) = Span(deed, now);
        if (spans.GetValueOrDefault(id.Vault)?.Covers(start - TimeSpan.FromMinutes(1), ended + TimeSpan.FromMinutes(1)) == true)
            return $"it published version {version}, and the vault logged no such version";
        NotHeld(id.Vault, deed, report);
        return null;
    }

    /// <summary>
    /// What a record says was made or removed at a provider must stand in the log that tells of it, where that was read whole. It is asked for governed things only, so what the inventory did not know by then proves nothing.
    /// </summary>
    private async Task<string?> OfProviderAsync(Deed deed, Dictionary<IChangeSource, DateTimeOffset> whole, DateTimeOffset now, RealityReport report, CancellationToken ct)
    {
        if ((deed.Minted ?? deed.Killed) is not { } handle || deed.Resource is null || !CredentialId.TryParse(deed.Credential, out var id) || vaults.Find(id.Vault) is null)
            return null;
        var resource = new ResourceId(deed.Resource);
        if (sources.FirstOrDefault(source => source.TellsOf(resource)) is not { } source)
            return null;
        var (start, ended) = Span(deed, now);
        // Where keys are only made anew, killing one makes another, and its name is no key's id.
        var (kind, named) = Guid.TryParse(handle, out _) ? (deed.Minted is null ? ChangeKind.Killed : ChangeKind.Minted, handle) : (ChangeKind.Minted, (string?)null);
        if (await changes.SawAsync(resource, kind, named, start - _longestAttempt, ended + RealityJoin.Slack, ct))
            return null;
        var known = await estate.FindAsync(id, ct);
        if (whole.TryGetValue(source, out var since) && since <= start && ended <= now - source.Lateness && known?.Resource == resource && known.FirstSeen <= start)
            return $"it {(deed.Minted is null ? "removed" : "made")} {Handle.Place(handle)} at {resource}, and {source.Name} knows nothing of it";
        NotHeld(source.Name, deed, report);
        return null;
    }

    /// <summary>It was in the log by then, so it cannot tell of anything later.</summary>
    private static (DateTimeOffset Start, DateTimeOffset Ended) Span(Deed deed, DateTimeOffset now)
    {
        var ended = Earlier(deed.Ended!.Value, now - Wait);
        return (Earlier(deed.Start, ended), ended);
    }

    private static void NotHeld(string log, Deed deed, RealityReport report) =>
        report.Failures.Add(string.Create(CultureInfo.InvariantCulture, $"{log}: its log is not whole at {deed.Start:yyyy-MM-dd'T'HH:mm:ss'Z'}; what was recorded then could not be held against it"));

    private async Task AccuseAsync(Deed deed, string says, DateTimeOffset now, Trigger trigger, RealityReport report, CancellationToken ct)
    {
        var id = CredentialId.Parse(deed.Credential!);
        var known = (await findings.OfAsync(id.ToString(), ct)).FirstOrDefault(finding => finding.Signal == SignalNames.EvidenceWithoutChange);
        var finding = RealityFindings.Lie(deed, id, await OwnedAsync(id, ct), known, says);
        await desk.TellAsync(finding.Subject, [finding], new HashSet<string> { SignalNames.EvidenceWithoutChange }, trigger, now, ct);
        report.Lies.Add(deed);
    }

    private async Task<InventoryEntry?> EntryAsync(PlatformChange change, Dictionary<CredentialId, InventoryEntry?> entries, CancellationToken ct)
    {
        // A change at a provider is its secret's owner's to hear of.
        var named = change.Credential ?? (change.Resource is { } resource ? (await inventory.SecretsOfAsync(resource, ct)).Select(secret => (CredentialId?)secret).FirstOrDefault() : null);
        if (named is not { } id)
            return null;
        if (!entries.TryGetValue(id, out var entry))
            entries[id] = entry = await OwnedAsync(id, ct);
        return entry;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    /// <summary>As the inventory knows it, with who is told: whom persons or the chain chose, before tag and policy.</summary>
    private async Task<InventoryEntry?> OwnedAsync(CredentialId id, CancellationToken ct) =>
        await inventory.FindAsync(id, ct) is not { } entry ? null : (await owners.FindAsync(id, ct))?.Told is { } told ? entry with { Owner = told } : entry;

    private async Task IsolatedAsync(string what, RealityReport report, Func<Task> action, CancellationToken ct)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Failures.Add(what);
            LogFailed(what, e);
        }
    }

    private Task CoverAsync(DateTimeOffset from, DateTimeOffset tick, RealityReport report, CancellationToken ct) => coverage.CoverAsync(
        new SweptWindow
        {
            Name = Name,
            Function = "ReconcileReality",
            Action = Action,
            Source = Source,
            Tick = tick,
            Until = tick,
            First = tick - from,
            Observed = report.Changes,
            Matched = report.Matched,
            Failures = [.. report.Failures.Distinct(StringComparer.Ordinal)],
            Summary = $"Read {report.Lines} lines of {vaults.All.Count} vaults' logs: {report.Changes} changes judged, {report.Matched} explained by evidence, {report.Told.Count} not, {report.Lies.Count} records without their change{Before(report)}, {report.EventsMissed} events missed, {report.DeadEvents} dead{NotLooked()}{(report.Failures.Count > 0 ? $"; PARTIAL: {string.Join(", ", report.Failures.Distinct(StringComparer.Ordinal).Take(10))}" : "")}.",
        },
        ct);

    private string NotLooked() => string.Concat(sources.Select(source => source.NotLooked).OfType<string>().Select(what => $"; not looked at: {what}"));

    private static string Before(RealityReport report) => report.Before == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {report.Before} changes of before governance and nobody's to record");

    [LoggerMessage(2311, LogLevel.Error, "Reality could not be reconciled with {What}; the others go on")]
    private partial void LogFailed(string what, Exception exception);
}
