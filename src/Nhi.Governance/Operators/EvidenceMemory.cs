using System.Globalization;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Operators;

/// <summary>What a rebuilt index remembers for the tables: one pass over its rows. Memory grows with resources and people's decisions, not with records.</summary>
internal sealed class EvidenceMemory
{
    private readonly Dictionary<ResourceId, ResourceMemory> _resources = [];

    /// <summary>What was said of each scope in the last second in which somebody spoke of it: names tell whole seconds.</summary>
    private readonly Dictionary<string, List<IndexRow>> _decisions = new(StringComparer.Ordinal);
    private readonly List<IndexRow> _holds = [];

    /// <summary>The same of persons on each credential's owner, by action.</summary>
    private readonly Dictionary<(string Credential, string Action), List<IndexRow>> _owners = [];
    private IndexRow? _sweep;

    /// <summary>The last of each step of a removal, by credential, and that its notice was handed over. Of two of one second it is the one with the higher fence: each was written under the row.</summary>
    public Dictionary<CredentialId, List<IndexedRecord>> Removals { get; } = [];

    /// <summary>The last step with each role of an identity, by the role's key.</summary>
    public Dictionary<string, IndexRow> Roles { get; } = [];

    /// <summary>When quarantines began, and roles were taken away: both are of one budget.</summary>
    public List<DateTimeOffset> Quarantined { get; } = [];

    /// <summary>Since when a resource is known, the highest fence that a record names, intents that no outcome closes.</summary>
    internal sealed record ResourceMemory(DateTimeOffset FirstSeen, long Fence, IReadOnlyList<string> OpenIntents);

    public int OpenIntents => _resources.Values.Sum(memory => memory.OpenIntents.Count);

    public ResourceMemory? Of(ResourceId resource) => _resources.GetValueOrDefault(resource);

    public static async Task<EvidenceMemory> ReadAsync(IEvidenceIndex index, CancellationToken ct)
    {
        var memory = new EvidenceMemory();
        await foreach (var row in index.AllAsync(ct))
        {
            // Each record has one row under its attempt; the others say the same again.
            if (row.PartitionKey.StartsWith("x:", StringComparison.Ordinal))
                memory.Take(row);
            else if (row.PartitionKey.StartsWith("open:", StringComparison.Ordinal) && !row.Closed && row.Action != Verbs.Action(Verbs.Emergency))
                memory.Open(row);
        }

        return memory;
    }

    /// <summary>The pauses that are in force at that instant.</summary>
    public async Task<IReadOnlyList<Pause>> PausesAsync(IEvidenceLog evidence, DateTimeOffset now, CancellationToken ct)
    {
        var pauses = new List<Pause>();
        foreach (var said in _decisions.Values)
            if (await InOrderAsync(evidence, said, ct) is [.., (var path, { Approval: { By: { } by } approval, Resource.Id: { } scope } record)] && record.Verb == Verbs.Pause && !(approval.Expires <= now))
                pauses.Add(new Pause(scope, by, record.Decision?.Reasons is [var reason, ..] ? reason : "", record.Time, approval.Expires, path));
        return pauses;
    }

    /// <summary>The holds that are in force at that instant: the last word on each handle, whether hold or release.</summary>
    public async Task<IReadOnlyList<DebtNote>> HoldsAsync(IEvidenceLog evidence, DateTimeOffset now, CancellationToken ct)
    {
        var notes = new Dictionary<(string, string), DebtNote?>();
        foreach (var (_, record) in await InOrderAsync(evidence, _holds, ct))
        {
            if (record is not { Resource.Id: { } resource, Debt.Handle: { } handle })
                continue;
            notes[(resource, handle)] = record.Verb == Verbs.Release || !(record.Approval?.Expires > now) ? null : new DebtNote
            {
                Resource = new ResourceId(resource),
                Handle = handle,
                Credential = CredentialId.TryParse(record.Credential?.Id, out var id) ? id : null,
                HeldUntil = record.Approval.Expires,
                HeldBy = record.Approval.By,
                HeldWhy = record.Decision?.Reasons is [var reason, ..] ? reason : "",
            };
        }

        return [.. notes.Values.OfType<DebtNote>()];
    }

    /// <summary>What persons said of owners: the last assignment and the last confirmation of each credential.</summary>
    public async Task<IReadOnlyList<OwnerEntry>> OwnersAsync(IEvidenceLog evidence, CancellationToken ct)
    {
        var entries = new Dictionary<CredentialId, OwnerEntry>();
        foreach (var ((credential, action), said) in _owners)
        {
            if (!CredentialId.TryParse(credential, out var id) || await InOrderAsync(evidence, said, ct) is not [.., (var path, { Owner.Id: { } owner, Approval.By: { } by } record)])
                continue;
            var word = new OwnerWord(owner, by, record.Time, path);
            var entry = entries.GetValueOrDefault(id) ?? new OwnerEntry { Credential = id };
            entries[id] = action == OwnerRecords.Assign ? entry with { Assigned = word } : entry with { Confirmed = word };
        }

        return [.. entries.Values];
    }

    /// <summary>To when the sweeps covered the estate; null where no record says so.</summary>
    public async Task<string?> SweptAsync(IEvidenceLog evidence, CancellationToken ct) =>
        _sweep is not null && await evidence.ReadAsync(_sweep.Path, ct) is { Record.Coverage.To: var to } ? to.ToString("O", CultureInfo.InvariantCulture) : null;

    private void Take(IndexRow row)
    {
        if ((RemovalVerbs.IsOne(row.Action) || row.Action == Receipts.Action) && CredentialId.TryParse(row.Credential, out var removed))
            Remove(removed, row);
        else if (CurtailmentVerbs.IsOne(row.Action))
            Curtail(row);
        if (row.Action == "estate.sweep")
            _sweep = _sweep is { } known && known.Time >= row.Time ? known : row;
        else if (row is { Action: OwnerRecords.Assign or OwnerRecords.Confirm, Result: "ok", Credential: { } credential })
            Hear(_owners, (credential, row.Action), row);
        else if (row.Result == "ok" && (row.Action == Verbs.Action(Verbs.Pause) || row.Action == Verbs.Action(Verbs.Resume)) && row.Resource is { } scope)
            Hear(_decisions, scope, row);
        else if (row.Resource is { Length: > 0 } resource && !string.IsNullOrWhiteSpace(resource))
            Know(row, new ResourceId(resource));
    }

    private static void Hear<T>(Dictionary<T, List<IndexRow>> words, T of, IndexRow row) where T : notnull
    {
        if (!words.TryGetValue(of, out var said) || said[0].Time < row.Time)
            words[of] = [row];
        else if (said[0].Time == row.Time)
            said.Add(row);
    }

    /// <summary>The authentic ones of these, as they were written one after another: within a second neither name nor place in the log says so.</summary>
    private static async Task<IReadOnlyList<(string Path, EvidenceRecord Record)>> InOrderAsync(IEvidenceLog evidence, IEnumerable<IndexRow> rows, CancellationToken ct)
    {
        List<(string Path, EvidenceRecord Record)> read = [];
        foreach (var row in rows.OrderBy(row => row.Index))
            if (await evidence.ReadAsync(row.Path, ct) is { Record: { } record })
                read.Add((row.Path, record));
        return [.. read.OrderBy(one => one.Record.Time).ThenBy(one => one.Record.Recorded)];
    }

    private void Know(IndexRow row, ResourceId resource)
    {
        if (row.Result == "ok" && (row.Action == Verbs.Action(Verbs.Hold) || row.Action == Verbs.Action(Verbs.Release)))
            _holds.Add(row);
        var known = _resources.GetValueOrDefault(resource) ?? new ResourceMemory(row.Time, 0, []);
        _resources[resource] = known with { FirstSeen = row.Time < known.FirstSeen ? row.Time : known.FirstSeen, Fence = Math.Max(known.Fence, row.Fence) };
    }

    private void Remove(CredentialId id, IndexRow row)
    {
        if (row.IsIntent)
        {
            if (row.Action == RemovalVerbs.Action(RemovalVerbs.Quarantine))
                Quarantined.Add(row.Time);
            return;
        }

        var record = new IndexedRecord
        {
            Path = row.Path,
            Op = row.Op,
            Stage = row.Stage.StartsWith('3') ? RecordStage.Reconciled : RecordStage.Outcome,
            Action = row.Action,
            Result = row.Result,
            Shown = row.Shown,
            Time = row.Time,
            Fence = row.Fence,
            Credential = row.Credential,
        };
        var known = Removals.TryGetValue(id, out var all) ? all : Removals[id] = [];
        if (!RemovalMemory.Counts(record))
            return;
        if (known.Find(other => other.Action == record.Action) is { } last && IndexedRecord.NewestFirst([last, record])[0] == last)
            return;
        known.RemoveAll(older => older.Action == record.Action);
        known.Add(record);
    }

    private void Curtail(IndexRow row)
    {
        if (row.IsIntent && row.Action == CurtailmentVerbs.Action(CurtailmentVerbs.Curtail))
            Quarantined.Add(row.Time);
        if (row.Rotation is { } key && (row.Stage == "2-ok" || row.Shown == "published") && !(Roles.TryGetValue(key, out var known) && (known.Time, known.Fence).CompareTo((row.Time, row.Fence)) > 0))
            Roles[key] = row;
    }

    private void Open(IndexRow row)
    {
        if (string.IsNullOrWhiteSpace(row.Resource))
            return;
        var resource = new ResourceId(row.Resource);
        var known = _resources.GetValueOrDefault(resource) ?? new ResourceMemory(row.Time, 0, []);
        _resources[resource] = known with { OpenIntents = [.. known.OpenIntents, row.Path] };
    }
}
