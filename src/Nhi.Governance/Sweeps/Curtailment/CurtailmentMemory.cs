using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>What evidence says of an identity's roles. The index leads there; the records themselves count.</summary>
internal static class CurtailmentMemory
{
    /// <summary>Handed to consumers by an attempt that went to the provider, or named by a person.</summary>
    private static readonly HashSet<string> _opening = [Verbs.Action(Verbs.Rotate), Verbs.Action(Verbs.Repair), Verbs.Action(Verbs.Adopt)];

    /// <summary>The table's notes, and of each role the newest step that <paramref name="rows"/> know beyond them. Throws <see cref="ExternalCallException"/>.</summary>
    public static async Task<IReadOnlyList<CurtailmentNote>> MergeAsync(IEvidenceLog evidence, IEnumerable<IndexedRecord> rows, ResourceId identity, IReadOnlyList<CurtailmentNote> notes, CancellationToken ct)
    {
        var merged = notes.ToDictionary(note => note.Key, StringComparer.Ordinal);
        foreach (var steps in rows.Where(row => CurtailmentVerbs.IsOne(row.Action) && RemovalMemory.Counts(row) && row.Rotation is not null).GroupBy(row => row.Rotation!))
        {
            var newest = IndexedRecord.NewestFirst(steps)[0];
            if ((!merged.TryGetValue(steps.Key, out var known) || newest.Time > known.Since) && await NoteAsync(evidence, newest.Path, identity, ct) is { } note)
                merged[steps.Key] = note;
        }

        foreach (var note in merged.Values.Where(note => note.Attempt is not null).ToList())
            merged[note.Key] = await ClosedAsync(evidence, note, ct);
        return [.. merged.Values.OrderBy(note => note.Key, StringComparer.Ordinal)];
    }

    /// <summary>An attempt that the log itself has closed is over: it took the role away, or it did not.</summary>
    private static async Task<CurtailmentNote> ClosedAsync(IEvidenceLog evidence, CurtailmentNote note, CancellationToken ct) =>
        await evidence.ClosingOfAsync(note.Attempt!, ct) is not { } closing ? note : await NoteAsync(evidence, closing, note.Identity, ct) ?? note with { Attempt = null };

    /// <summary>What the record at that name says; null where it is none about a role of this identity, or nothing came of it.</summary>
    public static async Task<CurtailmentNote?> NoteAsync(IEvidenceLog evidence, string path, ResourceId identity, CancellationToken ct) =>
        await evidence.ReadAsync(path, ct) is { Record: { Rotation: { } key, Assignment: { } assignment } record } && record.Resource?.Id == identity.Value && CurtailmentVerbs.IsOne(record.Action)
        && RemovalMemory.Counts(IndexedRecord.Of(record, path))
            ? new CurtailmentNote
            {
                Key = key,
                Identity = identity,
                Scope = assignment.Scope.ToLowerInvariant(),
                Step = StepOf(record.Verb),
                Since = record.Time,
                Record = path,
                Next = record.Verb == CurtailmentVerbs.Tell ? record.NotBefore : null,
            }
            : null;

    /// <summary>What the owner was told, as the record says and what is known of its way; null where no record says that they were.</summary>
    public static async Task<RemovalNotice?> PromisedAsync(IEvidenceLog evidence, IEnumerable<IndexedRecord> rows, CurtailmentNote? note, CancellationToken ct) =>
        note is { Step: CurtailmentStep.Told } && await NoteAsync(evidence, note.Record, note.Identity, ct) is { Step: CurtailmentStep.Told, Next: { } until } told && told.Key == note.Key
            ? await RemovalMemory.TakenAsync(evidence, rows, new RemovalNotice(told.Since, until, note.Record), ct)
            : null;

    /// <summary>True where a record says that what the product published, or what a person adopted, opens the identity.</summary>
    public static async Task<bool> ProvesAsync(IEvidenceLog evidence, IReadOnlyList<IndexedRecord> rows, ResourceId identity, CancellationToken ct)
    {
        foreach (var row in rows.Where(row => _opening.Contains(row.Action) && RemovalMemory.Counts(row)))
            if (await evidence.ReadAsync(row.Path, ct) is { Record: { } record } && record.Resource?.Id == identity.Value && _opening.Contains(record.Action) && RemovalMemory.Counts(IndexedRecord.Of(record, row.Path)))
                return true;
        return false;
    }

    public static CurtailmentStep StepOf(string verb) => verb switch
    {
        CurtailmentVerbs.Tell => CurtailmentStep.Told,
        CurtailmentVerbs.Curtail => CurtailmentStep.Curtailed,
        CurtailmentVerbs.Restore => CurtailmentStep.Restored,
        _ => CurtailmentStep.None,
    };
}
