using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation;

/// <summary>
/// What one attempt has seen already, so that nothing is asked twice within it: verdicts and values by version, lists that were read a moment ago, the resource's records
/// (with those that it wrote itself, which no index knows yet), secrets and notes.
/// </summary>
internal sealed class AttemptMemory
{
    private readonly Dictionary<CredentialId, VersionList> _fresh = [];
    private List<IndexedRecord>? _records;

    public Dictionary<string, Verdict> Verdicts { get; } = [];
    public Dictionary<string, SecretMaterial> Values { get; } = [];

    /// <summary>The secrets that the inventory names; null until it was asked.</summary>
    public IReadOnlyList<CredentialId>? Siblings { get; set; }

    /// <summary>The notes of the resource; null until they were needed.</summary>
    public IReadOnlyList<DebtNote>? Notes { get; set; }

    public void Keep(CredentialId id, VersionList list) => _fresh[id] = list;

    /// <summary>A list that was read after the last effect; it serves once.</summary>
    public VersionList? Take(CredentialId id) => _fresh.Remove(id, out var list) ? list : null;

    /// <summary>The records of the resource, newest attempt first: the index is read once, what this attempt wrote is known from its own hands.</summary>
    public async Task<IReadOnlyList<IndexedRecord>> RecordsAsync(IEvidenceLog evidence, ResourceId resource, CancellationToken ct)
    {
        _records ??= [.. await evidence.OfResourceAsync(resource, ct)];
        return IndexedRecord.NewestFirst(_records);
    }

    public void Wrote(EvidenceRecord record, string path)
    {
        if (_records is null)
            return;
        if (record.Stage != RecordStage.Intent && record.Result != "unknown")
            _records = [.. _records.Select(known => known.Op == record.Op && known.Stage == RecordStage.Intent ? known with { Closed = true } : known)];
        _records.RemoveAll(known => known.Path == path);
        _records.Add(IndexedRecord.Of(record, path));
    }
}
