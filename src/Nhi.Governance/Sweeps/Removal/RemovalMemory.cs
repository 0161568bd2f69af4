using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Publishing.Notices;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>What evidence says of a credential's removal. The index leads there; the records themselves count.</summary>
internal static class RemovalMemory
{
    /// <summary>From the rows of its resource, in any order. Throws <see cref="ExternalCallException"/>.</summary>
    public static async Task<RemovalHistory> ReadAsync(IEvidenceLog evidence, IReadOnlyCollection<IndexedRecord> rows, CredentialId id, CancellationToken ct)
    {
        var own = IndexedRecord.NewestFirst(rows.Where(row => row.Credential == id.ToString() && RemovalVerbs.IsOne(row.Action) && Counts(row)));
        return new RemovalHistory
        {
            Told = await NoticeAsync(evidence, own, id, ct) is { } notice ? await TakenAsync(evidence, rows, notice, ct) : null,
            Kept = await KeepAsync(evidence, own, id, ct),
            Dropped = Newest(own, RemovalVerbs.Drop)?.Time,
            Restored = Newest(own, RemovalVerbs.Restore)?.Time,
        };
    }

    /// <summary>What happened, or was seen to have happened.</summary>
    public static bool Counts(IndexedRecord row) => (row.Stage == RecordStage.Outcome && row.Result == "ok") || (row.Stage == RecordStage.Reconciled && row.Shown == "published");

    private static IndexedRecord? Newest(IReadOnlyList<IndexedRecord> rows, string verb) => rows.FirstOrDefault(row => row.Action == RemovalVerbs.Action(verb));

    private static async Task<RemovalNotice?> NoticeAsync(IEvidenceLog evidence, IReadOnlyList<IndexedRecord> rows, CredentialId id, CancellationToken ct) =>
        Newest(rows, RemovalVerbs.Tell) is { } row && await NoticeAsync(evidence, row.Path, id, ct) is { } notice ? notice : null;

    /// <summary>The notice with when it was handed over: what the rows of its resource lead to says that, and no table.</summary>
    public static async Task<RemovalNotice> TakenAsync(IEvidenceLog evidence, IEnumerable<IndexedRecord> rows, RemovalNotice notice, CancellationToken ct) =>
        notice with { Taken = await Receipts.TakenAsync(evidence, rows, notice.Record, notice.At, ct) };

    /// <summary>The notice at that name; null where it is none about this credential.</summary>
    public static async Task<RemovalNotice?> NoticeAsync(IEvidenceLog evidence, string path, CredentialId id, CancellationToken ct) =>
        await evidence.ReadAsync(path, ct) is { Record: { NotBefore: { } until } record } && record.Action == RemovalVerbs.Action(RemovalVerbs.Tell) && record.Credential?.Id == id.ToString()
            ? new RemovalNotice(record.Time, until, path)
            : null;

    /// <summary>True where evidence has the quarantine that a tag claims, by no person's request, and the attempt that it names (a revocation where it says that one has begun): a tag alone, which many hands can write, authorises no kill.</summary>
    public static async Task<bool> VouchesAsync(IEvidenceLog evidence, IReadOnlyList<IndexedRecord> rows, CredentialId id, RemovalTag tag, CancellationToken ct)
    {
        return await HasAsync(record => record.Action == RemovalVerbs.Action(RemovalVerbs.Quarantine) && record.Time == tag.Quarantined, record => record is { RequestedBy: null, Stage: not RecordStage.Reconciled })
            && await HasAsync(record => record.Op == tag.Op && (tag.Step == RemovalStep.Revoking ? record.Action == RemovalVerbs.Action(RemovalVerbs.Revoke) : RemovalVerbs.IsOne(record.Action)), _ => true);

        async Task<bool> HasAsync(Func<IndexedRecord, bool> fits, Func<EvidenceRecord, bool> says)
        {
            foreach (var row in rows.Where(row => row.Credential == id.ToString() && fits(row)))
                if (await evidence.ReadAsync(row.Path, ct) is { Record: { } record } && record.Credential?.Id == id.ToString() && fits(IndexedRecord.Of(record, row.Path)) && says(record))
                    return true;
            return false;
        }
    }

    private static async Task<RemovalKeep?> KeepAsync(IEvidenceLog evidence, IReadOnlyList<IndexedRecord> rows, CredentialId id, CancellationToken ct) =>
        Newest(rows, RemovalVerbs.Keep) is { } row && await evidence.ReadAsync(row.Path, ct) is { Record: { Approval: { Expires: { } until, By: { } by } } record } && record.Credential?.Id == id.ToString()
            ? new RemovalKeep(record.Time, until, by, record.Decision?.Reasons is [var why, ..] ? why : "", row.Path)
            : null;
}
