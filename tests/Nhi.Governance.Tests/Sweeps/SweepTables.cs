using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Tests.Sweeps;

/// <summary>The tables and the log that sweeps write, in memory: what they hold, how often they were written, and whether they answer.</summary>
internal sealed class SweepTables : IFindings, IOwnerBook, IUseFacts, ICursors, IEvidenceLog
{
    public ConcurrentDictionary<string, Finding> Findings { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<CredentialId, OwnerEntry> Owners { get; } = [];
    public List<UseFact> Uses { get; } = [];
    public Dictionary<string, UseWindow> Known { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, EvidenceRecord> Records { get; } = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Cursor> _cursors = new(StringComparer.Ordinal);

    /// <summary>Writes of rows, records and cursors.</summary>
    public int Writes => _writes;

    private int _writes;

    /// <summary>Reads of one credential, and what is open about one subject, that were asked for one by one.</summary>
    public int Asked => _asked;

    private int _asked;

    /// <summary>What the log, or the table of findings, does instead of writing.</summary>
    public Exception? LogFails { get; set; }
    public Exception? FindingsFail { get; set; }

    /// <summary>Whose owners cannot be written.</summary>
    public CredentialId? OwnersFail { get; set; }

    public IEnumerable<Finding> Open => Findings.Values.Where(finding => finding.Resolved is null);

    public IEnumerable<EvidenceRecord> Of(string action) => Records.Values.Where(record => record.Action == action).OrderBy(record => record.Time);

    Task<IReadOnlyList<Finding>> IFindings.OfAsync(string subject, CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult<IReadOnlyList<Finding>>([.. Open.Where(finding => finding.Subject == subject)]);
    }

    async IAsyncEnumerable<Finding> IFindings.ListAsync(bool resolved, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var finding in Findings.Values.Where(finding => resolved || finding.Resolved is null).ToList())
            yield return finding;
    }

    Task IFindings.WriteAsync(Finding finding, CancellationToken ct)
    {
        if (FindingsFail is { } failure)
            throw failure;
        Interlocked.Increment(ref _writes);
        Findings[finding.Key] = finding;
        return Task.CompletedTask;
    }

    Task<OwnerEntry?> IOwnerBook.FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult(Owners.GetValueOrDefault(id));

    async IAsyncEnumerable<OwnerEntry> IOwnerBook.OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var entry in Owners.Values.Where(entry => entry.Credential.Vault == vaultHost).OrderBy(entry => entry.Credential))
            yield return entry;
    }

    Task<OwnerEntry> IOwnerBook.ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct)
    {
        if (id == OwnersFail)
            throw new ExternalCallException("The table is down.");
        Interlocked.Increment(ref _writes);
        return Task.FromResult(Owners[id] = change(Owners.GetValueOrDefault(id) ?? new OwnerEntry { Credential = id }));
    }

    Task IOwnerBook.AskedAsync(IReadOnlyList<OwnerEntry> entries, CancellationToken ct)
    {
        if (entries.Any(entry => entry.Credential == OwnersFail))
            throw new ExternalCallException("The table is down.");
        Interlocked.Increment(ref _writes);
        foreach (var entry in entries)
            Owners[entry.Credential] = Owners[entry.Credential] with { Asked = entry.Asked };
        return Task.CompletedTask;
    }

    async IAsyncEnumerable<UseFact> IUseFacts.OfAsync(CredentialId id, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        Interlocked.Increment(ref _asked);
        foreach (var use in Uses.Where(use => use.Credential == id))
            yield return use;
    }

    /// <summary>What happens while all reads are listed.</summary>
    public Action? WhileListed { get; set; }

    Task<IReadOnlyList<UseFact>?> IUseFacts.AllAsync(int most, CancellationToken ct)
    {
        IReadOnlyList<UseFact>? all = Uses.Count <= most ? [.. Uses] : null;
        WhileListed?.Invoke();
        return Task.FromResult(all);
    }

    Task<UseWindow?> IUseFacts.KnownAsync(string vaultHost, CancellationToken ct) => Task.FromResult(Known.GetValueOrDefault(vaultHost));

    Task<Cursor?> ICursors.ReadAsync(string name, CancellationToken ct) => Task.FromResult(_cursors.GetValueOrDefault(name));

    Task<Cursor?> ICursors.TryMoveAsync(string name, string value, Cursor? from, CancellationToken ct)
    {
        Interlocked.Increment(ref _writes);
        return Task.FromResult<Cursor?>(_cursors[name] = new Cursor(value, value));
    }

    Task<RecordReference> IEvidenceLog.WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct)
    {
        if (LogFails is { } failure)
            throw failure;
        // What the guard would withhold in production fails here.
        var path = ((IEvidenceLog)this).PathOf(ValueGuard.Check(record, GuardMode.Throw));
        if (Records.TryAdd(path, record))
            Interlocked.Increment(ref _writes);
        return Task.FromResult(new RecordReference(path, new string('0', 64)));
    }

    string IEvidenceLog.PathOf(EvidenceRecord record) => RecordPath.Of(record);

    Task<string?> IEvidenceLog.ClosingOfAsync(string intentPath, CancellationToken ct) => Task.FromResult<string?>(null);

    Task<ReadRecord?> IEvidenceLog.ReadAsync(string path, CancellationToken ct) => Task.FromResult(Records.TryGetValue(path, out var record) ? new ReadRecord(record, path) : null);

    Task<ReadRecord?> IEvidenceLog.NewestAsync(string action, DateTimeOffset before, CancellationToken ct) =>
        Task.FromResult(Of(action).LastOrDefault(record => record.Time < before) is { } newest ? new ReadRecord(newest, "") : null);

    Task<IReadOnlyList<IndexedRecord>> IEvidenceLog.OfResourceAsync(ResourceId resource, CancellationToken ct) =>
        Task.FromResult(IndexedRecord.NewestFirst(Records.Where(entry => entry.Value.Resource?.Id == resource.Value).Select(entry => IndexedRecord.Of(entry.Value, entry.Key))));

    IAsyncEnumerable<IndexedRecord> IEvidenceLog.OpenIntentsAsync(DateTimeOffset before, CancellationToken ct) => AsyncEnumerable.Empty<IndexedRecord>();
}

/// <summary>The swept estate in memory, and which secrets open a resource.</summary>
internal sealed class SweepEstate : ISweptEstate, IInventory, IVaultRegistry
{
    private int _writes;

    public ConcurrentDictionary<CredentialId, SweptCredential> Credentials { get; } = [];
    public ConcurrentDictionary<ResourceId, SweptResource> Resources { get; } = [];
    public int Writes => _writes;

    /// <summary>The same ones in each run: a concurrent dictionary has an order of its own.</summary>
    public IEnumerable<SweptCredential> InOrder => Credentials.Values.OrderBy(credential => credential.Id);

    /// <summary>Vaults whose rows cannot be read.</summary>
    public HashSet<string> Down { get; } = [];

    /// <summary>Rows that were asked for one by one.</summary>
    public int Asked => _asked;

    private int _asked;

    public IReadOnlyList<GovernedVault> All { get; init; } = [.. new[] { "kv1", "kv2", "kv3" }.Select(name => new GovernedVault($"{name}.vault.azure.net", ""))];

    public GovernedVault? Find(string vaultHost) => All.FirstOrDefault(vault => vault.Host == vaultHost);

    public async IAsyncEnumerable<SweptCredential> OfVaultAsync(string vaultHost, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        if (Down.Contains(vaultHost))
            throw new ExternalCallException($"{vaultHost} is down.");
        foreach (var credential in Credentials.Values.Where(credential => credential.Id.Vault == vaultHost).OrderBy(credential => credential.Id).ToList())
            yield return credential;
    }

    public IAsyncEnumerable<SweptStamp> StampsAsync(string vaultHost, CancellationToken ct) =>
        OfVaultAsync(vaultHost, ct).Select(credential => new SweptStamp(credential.Id, credential.Stamp, credential.Gone is not null));

    public Task<SweptCredential?> FindAsync(CredentialId id, CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(Credentials.GetValueOrDefault(id));
    }

    public Task WriteAsync(SweptCredential credential, CancellationToken ct)
    {
        Interlocked.Increment(ref _writes);
        Credentials[credential.Id] = credential;
        return Task.CompletedTask;
    }

    public Task<SweptResource?> FindAsync(ResourceId id, CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult(Resources.GetValueOrDefault(id));
    }

    public async IAsyncEnumerable<SweptResource> ResourcesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var resource in Resources.Values.OrderBy(resource => resource.Id.Value, StringComparer.Ordinal).ToList())
            yield return resource;
    }

    public Task WriteAsync(SweptResource resource, CancellationToken ct)
    {
        Interlocked.Increment(ref _writes);
        Resources[resource.Id] = resource;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<CredentialId>> WithFingerprintAsync(string fingerprint, CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult<IReadOnlyList<CredentialId>>([.. Credentials.Values.Where(credential => credential.Fingerprint == fingerprint).Select(credential => credential.Id)]);
    }

    public Task<IReadOnlySet<string>?> SharedFingerprintsAsync(CancellationToken ct) => Task.FromResult<IReadOnlySet<string>?>(Shared);

    public IReadOnlySet<string> Shared => Credentials.Values.Where(credential => credential.Fingerprint is not null)
        .GroupBy(credential => credential.Fingerprint!, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key).ToHashSet(StringComparer.Ordinal);

    Task<InventoryEntry?> IInventory.FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult<InventoryEntry?>(null);

    IAsyncEnumerable<InventoryEntry> IInventory.OfVaultAsync(string vaultHost, CancellationToken ct) => AsyncEnumerable.Empty<InventoryEntry>();

    Task<IReadOnlyList<CredentialId>> IInventory.SecretsOfAsync(ResourceId resource, CancellationToken ct)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult<IReadOnlyList<CredentialId>>([.. Opening.Where(credential => credential.Resource == resource).Select(credential => credential.Id)]);
    }

    Task<ILookup<ResourceId, CredentialId>?> IInventory.AllSecretsAsync(int most, CancellationToken ct) =>
        Task.FromResult(Opening.Count() <= most ? Opening.ToLookup(credential => credential.Resource!.Value, credential => credential.Id) : null);

    private IEnumerable<SweptCredential> Opening => Credentials.Values.Where(credential => credential is { Resource: not null, Gone: null });

    /// <summary>Who was noted to answer for a resource's secret, in the order of the writes.</summary>
    public List<(ResourceId Resource, CredentialId Credential, string? Owner)> Noted { get; } = [];

    Task IInventory.NoteOwnerAsync(ResourceId resource, CredentialId id, OwnerCandidate? owner, CancellationToken ct)
    {
        lock (Noted)
            Noted.Add((resource, id, owner?.Address));
        return Task.CompletedTask;
    }

    /// <summary>What waits for a person.</summary>
    public List<WaitingSecret> Waiting { get; } = [];

    Task IInventory.NoteAsync(ResourceId resource, CredentialId id, SecretNote note, CancellationToken ct) => throw new InvalidOperationException("A sweep of signals notes nothing of the engine's.");

    IAsyncEnumerable<WaitingSecret> IInventory.WaitingAsync(CancellationToken ct) => WaitingAreDown ? throw new ExternalCallException("The table is down.") : Waiting.ToAsyncEnumerable();

    public bool WaitingAreDown { get; set; }

    Task IInventory.ObserveAsync(InventoryEntry entry, CancellationToken ct) => Task.CompletedTask;
}
