using System.Runtime.CompilerServices;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps;

/// <summary>The tables and the log as sweeps see them, in memory.</summary>
internal sealed class SweepMemory : IUseBook, IPlatformChanges, IAnnouncements, IInventory, IFindings, ICursors, IEvidenceLog, IEvidenceHours, IBatchedEvidence, IOwnerBook, IVaultRegistry, IDeadLetters, IPlatformLog
{
    private readonly Dictionary<(CredentialId, string, string), UseFact> _facts = [];
    private readonly Dictionary<string, UseWindow> _windows = [];
    private readonly Dictionary<string, (PlatformChange Change, string? How)> _changes = [];
    private readonly List<ExplainedChange> _explained = [];
    private readonly HashSet<(CredentialId, string)> _published = [];
    private readonly Dictionary<CredentialId, Announced> _announced = [];
    private readonly Dictionary<string, Finding> _findings = [];
    private readonly HashSet<EvidenceRecord> _taken = new(ReferenceEqualityComparer.Instance);
    private int _etag;

    public DateTimeOffset Now { get; set; }
    public Dictionary<CredentialId, InventoryEntry> Entries { get; } = [];
    public Dictionary<CredentialId, OwnerEntry> Owners { get; } = [];
    public Dictionary<string, Cursor> Cursors { get; } = [];
    public List<EvidenceRecord> Written { get; } = [];

    /// <summary>Records of attempts, and when they can be read.</summary>
    public List<(DateTimeOffset At, EvidenceRecord Record)> Deeds { get; } = [];

    /// <summary>Lines, the hour that they lie in, and when they can be read: a part only grows.</summary>
    public List<(DateTimeOffset Visible, DateTimeOffset Hour, byte[] Bytes)> Lines { get; } = [];
    public List<(DeadLetterBlob Blob, string Body)> Letters { get; } = [];
    public IEnumerable<Finding> Findings => _findings.Values;
    public IReadOnlyList<GovernedVault> All { get; set; } = [new GovernedVault(Use.AuditLines.Host, "prod")];

    /// <summary>What comes into scope when somebody asks.</summary>
    public IReadOnlyList<GovernedVault> Discovers { get; init; } = [];

    /// <summary>So many cursors are moved before the table is down; null: it is there.</summary>
    public int? Moves { get; set; }

    /// <summary>No record is taken.</summary>
    public bool Refuses { get; set; }

    public Task RefreshAsync(CancellationToken ct)
    {
        All = [.. All, .. Discovers];
        return Task.CompletedTask;
    }

    public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);

    public async IAsyncEnumerable<LogPart> PartsAsync(string vaultHost, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var hour in Lines.Where(line => line.Visible <= Now && line.Hour >= from && line.Hour <= to).GroupBy(line => line.Hour).OrderBy(group => group.Key))
            yield return new LogPart($"{vaultHost}/{hour.Key:O}", hour.Key, hour.Sum(line => line.Bytes.Length + 1));
    }

    public async IAsyncEnumerable<LogLine> LinesAsync(LogPart part, long offset, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        var at = 0L;
        foreach (var line in Lines.Where(line => line.Visible <= Now && line.Hour == part.Hour).OrderBy(line => line.Visible))
        {
            at += line.Bytes.Length + 1;
            if (at > offset)
                yield return new LogLine(line.Bytes, at, Ended: true);
        }
    }

    public Task AddAsync(UseSeen seen, CancellationToken ct)
    {
        var key = (seen.Credential, seen.Version, seen.Principal);
        _facts[key] = seen.Onto(_facts.GetValueOrDefault(key));
        return Task.CompletedTask;
    }

    public Task KnowAsync(string vaultHost, UseWindow window, CancellationToken ct)
    {
        _windows[vaultHost] = window;
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<UseFact> OfAsync(CredentialId id, CancellationToken ct) => _facts.Values.Where(fact => fact.Credential == id).ToAsyncEnumerable();

    public Task<UseWindow?> KnownAsync(string vaultHost, CancellationToken ct) => Task.FromResult(_windows.GetValueOrDefault(vaultHost));

    public Task NoteAsync(PlatformChange change, CancellationToken ct)
    {
        if (change is { Kind: ChangeKind.Published, Credential: { } id, Version: { } version })
            _published.Add((id, version));
        _changes.TryAdd(change.Key, (change, null));
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<PlatformChange> OpenAsync(DateTimeOffset since, CancellationToken ct) =>
        _changes.Values.Where(pair => pair.How is null && pair.Change.Time >= since).Select(pair => pair.Change).ToList().ToAsyncEnumerable();

    public Task JudgedAsync(PlatformChange change, string how, string? op, CancellationToken ct)
    {
        _changes[change.Key] = (change, how);
        if (op is not null)
            _explained.Add(new ExplainedChange(op, change.Kind, change.Key));
        return Task.CompletedTask;
    }

    /// <summary>Writes that judged many changes at once, and how many each judged.</summary>
    public List<int> JudgedAtOnce { get; } = [];

    public async Task JudgedAsync(IReadOnlyCollection<PlatformChange> judged, string how, CancellationToken ct)
    {
        if (judged.Count > 0)
            JudgedAtOnce.Add(judged.Count);
        foreach (var change in judged)
            await JudgedAsync(change, how, null, ct);
    }

    public IAsyncEnumerable<ExplainedChange> ExplainedAsync(DateTimeOffset since, CancellationToken ct) => _explained.ToList().ToAsyncEnumerable();

    public Task<bool> SawAsync(ResourceId resource, ChangeKind kind, string? handle, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Task.FromResult(_changes.Values.Any(pair => pair.Change.Resource == resource && pair.Change.Kind == kind && pair.Change.Time >= from && pair.Change.Time <= to && (handle is null || pair.Change.Handle is null || pair.Change.Handle == handle)));

    public IAsyncEnumerable<PlatformChange> AnnouncedAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        _changes.Values.Select(pair => pair.Change).Where(change => change.Kind is ChangeKind.NearExpiry or ChangeKind.Published && change.Time > from && change.Time <= to).ToList().ToAsyncEnumerable();

    public Task<bool> SawPublishedAsync(CredentialId credential, string version, CancellationToken ct) => Task.FromResult(_published.Contains((credential, version)));

    public Task NoteAsync(CredentialId id, string type, DateTimeOffset now, CancellationToken ct)
    {
        var known = _announced.GetValueOrDefault(id) ?? new Announced(null, null);
        _announced[id] = type.EndsWith("NearExpiry", StringComparison.Ordinal) ? known with { NearExpiry = now } : known with { NewVersion = now };
        return Task.CompletedTask;
    }

    Task<Announced?> IAnnouncements.FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult(_announced.GetValueOrDefault(id));

    Task<InventoryEntry?> IInventory.FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult(Entries.GetValueOrDefault(id));

    public IAsyncEnumerable<InventoryEntry> OfVaultAsync(string vaultHost, CancellationToken ct) => Entries.Values.Where(entry => entry.Id.Vault == vaultHost).ToAsyncEnumerable();

    public Task<IReadOnlyList<CredentialId>> SecretsOfAsync(ResourceId resource, CancellationToken ct) => Task.FromResult<IReadOnlyList<CredentialId>>([.. Entries.Values.Where(entry => entry.Resource == resource).Select(entry => entry.Id)]);

    public Task NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct) => Task.CompletedTask;

    public IAsyncEnumerable<WaitingSecret> WaitingAsync(CancellationToken ct) => AsyncEnumerable.Empty<WaitingSecret>();

    public Task NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct) => Task.CompletedTask;

    public Task ObserveAsync(InventoryEntry entry, CancellationToken ct)
    {
        Entries[entry.Id] = entry;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Finding>> OfAsync(string subject, CancellationToken ct) => Task.FromResult<IReadOnlyList<Finding>>([.. _findings.Values.Where(finding => finding.Subject == subject && finding.Resolved is null)]);

    public IAsyncEnumerable<Finding> ListAsync(bool resolved, CancellationToken ct) => _findings.Values.Where(finding => resolved || finding.Resolved is null).ToAsyncEnumerable();

    public Task WriteAsync(Finding finding, CancellationToken ct)
    {
        _findings[finding.Key] = finding;
        return Task.CompletedTask;
    }

    public Task<Cursor?> ReadAsync(string name, CancellationToken ct) => Task.FromResult(Cursors.GetValueOrDefault(name));

    public Task<Cursor?> TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
    {
        Assert.True(value.Length <= 30_000);
        if (Moves-- == 0)
            throw new ExternalCallException("Down.", mayHaveHappened: false, transient: true);
        if (Cursors.GetValueOrDefault(name)?.ETag != from?.ETag)
            return Task.FromResult<Cursor?>(null);
        return Task.FromResult<Cursor?>(Cursors[name] = new Cursor(value, $"{++_etag}"));
    }

    public Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct)
    {
        if (Refuses)
            throw new EvidenceRefusedException("Down.");
        Written.Add(record);
        return Task.FromResult(new RecordReference(PathOf(record), new string('0', 64)));
    }

    public string PathOf(EvidenceRecord record) => RecordPath.Of(record);

    public Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct) => Task.FromResult<string?>(null);

    Task<ReadRecord?> IEvidenceLog.ReadAsync(string path, CancellationToken ct) => Task.FromResult<ReadRecord?>(null);

    public Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct) => Task.FromResult(
        Written.Where(record => record.Action == action && record.Time < before).OrderByDescending(record => record.Time).Select(record => new ReadRecord(record, "")).FirstOrDefault());

    public Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct) => Task.FromResult<IReadOnlyList<IndexedRecord>>([]);

    public IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => AsyncEnumerable.Empty<IndexedRecord>();

    public IAsyncEnumerable<EvidenceRecord> OfAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Deeds.Where(deed => deed.At <= Now && deed.Record.Time >= from.AddHours(-1) && deed.Record.Time <= to).Select(deed => deed.Record).ToAsyncEnumerable();

    public async Task EachAsync(DateTimeOffset now, TimeSpan wait, DateTimeOffset? waiting, Func<IReadOnlyList<EvidenceRecord>, CancellationToken, Task> take, CancellationToken ct)
    {
        foreach (var (_, record) in Deeds.Where(deed => deed.At <= now - wait && !_taken.Contains(deed.Record)).OrderBy(deed => deed.At).ToList())
        {
            await take([record], ct);
            _taken.Add(record);
        }
    }

    Task<OwnerEntry?> IOwnerBook.FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult(Owners.GetValueOrDefault(id));

    IAsyncEnumerable<OwnerEntry> IOwnerBook.OfVaultAsync(string vaultHost, CancellationToken ct) => Owners.Values.Where(entry => entry.Credential.Vault == vaultHost).ToAsyncEnumerable();

    Task<OwnerEntry> IOwnerBook.ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct) => Task.FromResult(Owners[id] = change(Owners.GetValueOrDefault(id) ?? new OwnerEntry { Credential = id }));

    public IAsyncEnumerable<DeadLetterBlob> SinceAsync(DateTimeOffset since, CancellationToken ct) => Letters.Select(letter => letter.Blob).Where(blob => blob.Written >= since).ToAsyncEnumerable();

    Task<string?> IDeadLetters.ReadAsync(string name, int mostBytes, CancellationToken ct) => Task.FromResult<string?>(Letters.First(letter => letter.Blob.Name == name).Body);
}
