using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation;

/// <summary>
/// What one attempt has seen already, so that nothing is asked twice within it: verdicts and values by version, lists that were read a moment ago, the resource's records
/// (with those that it wrote itself, which no index knows yet), secrets and notes. What it saw too long ago it forgets.
/// </summary>
internal sealed class AttemptMemory
{
    /// <summary>
    /// Longer than a look and an intent take, shorter than a person takes to rotate by hand. An attempt that slept or waited longer looks again before it changes anything, even where nobody took its row meanwhile.
    /// </summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private readonly Dictionary<CredentialId, VersionList> _fresh = [];
    private readonly List<IndexedRecord> _own = [];
    private readonly Dictionary<string, (CredentialId Credential, CredentialVersion Version)> _made = [];
    private List<IndexedRecord>? _records;
    private DateTimeOffset? _since;

    public Dictionary<string, Verdict> Verdicts { get; } = [];
    public Dictionary<string, SecretMaterial> Values { get; } = [];

    /// <summary>True while the tables are lost: no index tells of what evidence knows.</summary>
    public bool Unproven { get; init; }

    /// <summary>The secrets that the inventory names; null until it was asked.</summary>
    public IReadOnlyList<OwnedSecret>? Siblings { get; set; }

    /// <summary>The notes of the resource; null until they were needed.</summary>
    public IReadOnlyList<DebtNote>? Notes { get; set; }

    /// <summary>A look begins. Instants are the service's, governance time: a process that is frozen with its machine does not know how long it slept.</summary>
    public void Begin(DateTimeOffset earliest, DateTimeOffset latest)
    {
        if (IsOlderThan(Fresh, latest))
            Forget();
        _since ??= earliest;
    }

    /// <summary>True when something that it knows was seen longer ago.</summary>
    public bool IsOlderThan(TimeSpan age, DateTimeOffset now) => _since is { } since && now - since > age;

    /// <summary>All but the values, which a version never changes, and the records of its own hand.</summary>
    private void Forget()
    {
        _fresh.Clear();
        Verdicts.Clear();
        (Siblings, Notes, _records, _since) = (null, null, null, null);
    }

    /// <summary>A version as this attempt made or left it: lists may lag behind that.</summary>
    public void Made(CredentialId id, CredentialVersion version) => _made[version.Version] = (id, version);

    /// <summary>The list with what this attempt knows better than it. A secret that shows no version is gone.</summary>
    public VersionList Complete(CredentialId id, VersionList list) => list.Versions.Count == 0 ? list : _made.Values
        .Where(made => made.Credential == id && !list.Versions.Any(version => version.Version == made.Version.Version && version.Updated > made.Version.Updated))
        .Aggregate(list, (completed, made) => completed.With(made.Version));

    public void Keep(CredentialId id, VersionList list) => _fresh[id] = list;

    /// <summary>A list that was read after the last effect; it serves once.</summary>
    public VersionList? Take(CredentialId id) => _fresh.Remove(id, out var list) ? list : null;

    /// <summary>The records of the resource, newest attempt first: the index is read once, what this attempt wrote is known from its own hands.</summary>
    public async Task<IReadOnlyList<IndexedRecord>> RecordsAsync(IEvidenceLog evidence, ResourceId resource, CancellationToken ct)
    {
        if (_records is null)
        {
            _records = [.. await evidence.OfResourceAsync(resource, ct)];
            _own.ForEach(Add);
        }

        return IndexedRecord.NewestFirst(_records);
    }

    public void Wrote(EvidenceRecord record, string path)
    {
        var own = IndexedRecord.Of(record, path);
        _own.Add(own);
        if (_records is not null)
            Add(own);
    }

    private void Add(IndexedRecord own)
    {
        if (own.Stage != RecordStage.Intent && own.Result != "unknown")
            _records = [.. _records!.Select(known => known.Op == own.Op && known.Stage == RecordStage.Intent ? known with { Closed = true } : known)];
        _records!.RemoveAll(known => known.Path == own.Path);
        _records.Add(own);
    }
}
