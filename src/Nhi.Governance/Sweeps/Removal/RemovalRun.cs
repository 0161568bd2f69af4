using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>The timer <c>RemoveNeglected</c>: goes on with every removal by one step at most, what matters most first, and with the end of wide roles. One credential that fails never stops the next.</summary>
public sealed partial class RemovalRun
{
    public static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>What is due later than that is looked at once a day: a read or a new owner ends it early enough then.</summary>
    private static readonly TimeSpan Far = TimeSpan.FromDays(1);

    private readonly IFindings _findings;
    private readonly IRemovals _removals;
    private readonly IVaultRegistry _vaults;
    private readonly IInventory _inventory;
    private readonly RemovalPass _pass;
    private readonly CurtailmentPass _roles;
    private readonly ICurtailments _curtailments;
    private readonly CoverageBook _coverage;
    private readonly ILogger<RemovalRun> _logger;

    internal RemovalRun(IFindings findings, IRemovals removals, IVaultRegistry vaults, IInventory inventory, RemovalPass pass, CurtailmentPass roles, ICurtailments curtailments, CoverageBook coverage, ILogger<RemovalRun> logger) =>
        (_findings, _removals, _vaults, _inventory, _pass, _roles, _curtailments, _coverage, _logger) = (findings, removals, vaults, inventory, pass, roles, curtailments, coverage, logger);

    /// <summary>Runs once. <paramref name="now"/>: governance time, UTC. Throws when findings or notes cannot be listed: the next tick looks again.</summary>
    public async Task<RemovalReport> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var floored = Trigger.Floor(now, Period);
        var report = new RemovalReport();
        var trigger = Trigger.FromTimer("RemoveNeglected", floored);
        var ended = _pass.Deletes ? await EndedAsync(ct) : [];
        foreach (var id in await CandidatesAsync(floored, ct))
            await IsolatedAsync(id.ToString(), report, async () => report.Add(await _pass.RunAsync(id, trigger, null, ct)), ct);
        foreach (var note in ended)
            await IsolatedAsync(note.Credential.ToString(), report, async () => report.Add(await _pass.DeleteAsync(note, trigger, ct)), ct);
        foreach (var identity in _roles.MayCurtail ? await IdentitiesAsync(now, ct) : [])
            await IsolatedAsync(identity.Value, report, async () => report.Add(await _roles.RunAsync(identity, trigger, ct)), ct);
        await CoverAsync(floored, report, ct);
        return report;
    }

    private async Task IsolatedAsync(string what, RemovalReport report, Func<Task> step, CancellationToken ct)
    {
        try
        {
            await step();
        }
        catch (RowHeldException)
        {
            report.Held++;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Failures.Add(what);
            LogFailed(what, e);
        }
    }

    /// <summary>What has come to its end before this run.</summary>
    private async Task<IReadOnlyList<RemovalNote>> EndedAsync(CancellationToken ct)
    {
        List<RemovalNote> ended = [];
        await foreach (var note in _removals.ListAsync(ct))
            if (note.Step == RemovalStep.Removed && _vaults.Find(note.Credential.Vault) is not null)
                ended.Add(note);
        return ended;
    }

    /// <summary>What is under way, and what a finding speaks of, by score. What nobody has in scope any more is nobody's; what cannot come to anything now costs no call to its vault.</summary>
    private async Task<IReadOnlyList<CredentialId>> CandidatesAsync(DateTimeOffset now, CancellationToken ct)
    {
        var scores = new Dictionary<CredentialId, int>();
        var idle = new HashSet<CredentialId>();
        var under = new HashSet<CredentialId>();
        await foreach (var note in _removals.ListAsync(ct))
        {
            if (note.Step is RemovalStep.None or RemovalStep.Removed or RemovalStep.Deleted)
                continue;
            scores[note.Credential] = 0;
            under.Add(note.Credential);
            if (note.Step == RemovalStep.Told && note.Next > now + Far && (int)(RotationId.Spread(note.Credential.ToString()) * 24) != now.UtcDateTime.Hour)
                idle.Add(note.Credential);
        }

        var leading = new HashSet<CredentialId>();
        await foreach (var finding in _findings.ListAsync(resolved: false, ct))
        {
            if (finding.Credential is not { } id || !(RemovalSignals.Leads(finding.Signal) || finding.Signal == SignalNames.ReadInQuarantine))
                continue;
            scores[id] = Math.Max(scores.GetValueOrDefault(id), finding.Score);
            leading.Add(id);
            if (finding.Signal == SignalNames.ReadInQuarantine)
                under.Add(id);
        }

        // A finding that is over ends a notice at once.
        idle.IntersectWith(leading);
        await foreach (var id in ObservedAsync([.. scores.Keys.Except(under)], ct))
            idle.Add(id);
        return [.. scores.Where(scored => !idle.Contains(scored.Key) && _vaults.Find(scored.Key.Vault) is not null).OrderByDescending(scored => scored.Value).ThenBy(scored => scored.Key.ToString(), StringComparer.Ordinal).Select(scored => scored.Key)];
    }

    /// <summary>Identities with a wide role that nobody was told of yet, with a step that is due, or told of something that is over; the others once a day. Where the inventory says that a rule over one only observes, nothing is asked.</summary>
    private async Task<IReadOnlyList<ResourceId>> IdentitiesAsync(DateTimeOffset now, CancellationToken ct)
    {
        var (known, told, due) = (new HashSet<ResourceId>(), new HashSet<ResourceId>(), new HashSet<ResourceId>());
        await foreach (var note in _curtailments.ListAsync(ct))
        {
            if (note.Step == CurtailmentStep.None)
                continue;
            known.Add(note.Identity);
            if (note.Step == CurtailmentStep.Told)
                told.Add(note.Identity);
            if (note.Next <= now || note.Attempt is not null)
                due.Add(note.Identity);
        }

        var found = new HashSet<ResourceId>();
        await foreach (var finding in _findings.ListAsync(resolved: false, ct))
        {
            if (finding is not { Signal: SignalNames.OverPrivileged, Resource: { } identity })
                continue;
            told.Remove(identity);
            if (!known.Contains(identity) && await IsEnforcedAsync(identity, ct))
                found.Add(identity);
        }

        return [.. found.Union(due).Union(told).Union(known.Where(identity => (int)(RotationId.Spread(identity.Value) * 24) == now.UtcDateTime.Hour)).OrderBy(identity => identity.Value, StringComparer.Ordinal)];
    }

    private async Task<bool> IsEnforcedAsync(ResourceId identity, CancellationToken ct)
    {
        foreach (var id in await _inventory.SecretsOfAsync(identity, ct))
            if (await _inventory.FindAsync(id, ct) is { Enforced: false })
                return false;
        return true;
    }

    /// <summary>Those whose rule only observes, as the inventory saw it: nothing is done to them.</summary>
    private async IAsyncEnumerable<CredentialId> ObservedAsync(HashSet<CredentialId> ids, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var vault in ids.Select(id => id.Vault).Distinct(StringComparer.Ordinal).ToList())
            await foreach (var entry in _inventory.OfVaultAsync(vault, ct))
                if (!entry.Enforced && ids.Contains(entry.Id))
                    yield return entry.Id;
    }

    private Task CoverAsync(DateTimeOffset floored, RemovalReport report, CancellationToken ct) => _coverage.CoverAsync(
        new SweptWindow
        {
            Name = "remove-neglected",
            Function = "RemoveNeglected",
            Action = "removal.sweep",
            Source = "findings",
            Tick = floored,
            Until = floored,
            First = Period,
            Observed = report.Looked + report.Held + report.Failures.Count,
            Matched = report.Looked - report.Done.Count,
            Failures = [.. report.Failures],
            Summary = $"Looked at {report.Looked} neglected credentials: {(report.Done.Count + report.Roles.Count == 0 ? "no step was due" : string.Join(", ", report.Done.Select(done => done.Verb!).Concat(report.Roles.Select(done => $"{done.Verb} of a role")).CountBy(verb => verb).Select(count => $"{count.Value} × {count.Key}")))}{(_pass.IsHeard ? "" : "; nobody would hear of a step, so that none begins")}{(report.Failures.Count > 0 ? $"; PARTIAL, not finished: {string.Join(", ", report.Failures.Take(10))}" : "")}.",
        },
        ct);

    [LoggerMessage(2701, LogLevel.Error, "The removal of {What} could not go on; the others do")]
    private partial void LogFailed(string what, Exception exception);
}

/// <summary>What one run of <see cref="RemovalRun"/> did.</summary>
public sealed class RemovalReport
{
    /// <summary>Steps that were done or tried.</summary>
    public IList<RemovalResult> Done { get; } = [];

    /// <summary>Steps that were done or tried with wide roles.</summary>
    public IList<CurtailmentResult> Roles { get; } = [];

    /// <summary>Credentials that were looked at to the end.</summary>
    public int Looked { get; private set; }

    /// <summary>Credentials whose resource somebody else was working on.</summary>
    public int Held { get; internal set; }
    public IList<string> Failures { get; } = [];

    internal void Add(RemovalResult result)
    {
        Looked++;
        if (result.Verb is not null)
            Done.Add(result);
    }

    internal void Add(IReadOnlyList<CurtailmentResult> results)
    {
        foreach (var result in results)
            Roles.Add(result);
    }
}
