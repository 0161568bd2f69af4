using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Curtailment;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Makes the table <c>Removals</c> anew out of tags and evidence, for <c>nhi rebuild</c>: its rows about credentials, and those about roles.</summary>
public sealed class RemovalRebuild
{
    private readonly ICredentialVault _vault;
    private readonly IEvidenceLog _evidence;
    private readonly IRemovals _removals;
    private readonly PolicySubjects _subjects;
    private readonly IQuarantineBudget _budget;
    private readonly ICurtailments _curtailments;

    internal RemovalRebuild(ICredentialVault vault, IEvidenceLog evidence, IRemovals removals, PolicySubjects subjects, IQuarantineBudget budget, ICurtailments curtailments) =>
        (_vault, _evidence, _removals, _subjects, _budget, _curtailments) = (vault, evidence, removals, subjects, budget, curtailments);

    /// <summary>One credential; what a note knew beyond that stays. <paramref name="records"/>: those of its removal that an index knows. Returns 1 where there is something to remember. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<int> RebuildAsync(CredentialId id, IReadOnlyList<IndexedRecord> records, CancellationToken ct)
    {
        if (Credential.Of(id, await _vault.ListVersionsAsync(id, ct)) is not { } credential)
            return 0;
        var known = await _removals.FindAsync(id, ct);
        var history = (known?.History ?? RemovalHistory.Nothing).With(await RemovalMemory.ReadAsync(_evidence, records, id, ct));
        var tag = credential.Versions.Reverse().Select(RemovalTag.Of).OfType<RemovalTag>().FirstOrDefault();
        if (tag is null && history == RemovalHistory.Nothing)
            return 0;
        _subjects.ResourceOf(credential, out var resource);
        await _removals.WriteAsync(new RemovalNote
        {
            Credential = id,
            Resource = resource?.Id ?? RemovalTarget.RowOf(id),
            // What was deleted, and brought back since, is not deleted again.
            Step = tag?.Step == RemovalStep.Removed && records.Any(record => record.Action == RemovalVerbs.Action(RemovalVerbs.Delete) && RemovalMemory.Counts(record)) ? RemovalStep.Deleted : tag?.Step ?? (history.Standing is null ? RemovalStep.None : RemovalStep.Told),
            Since = tag?.At ?? history.Standing?.At,
            Next = tag is { Step: RemovalStep.Quarantined, Person: true } ? null : tag?.NotBefore ?? history.Standing?.Until,
            Record = known?.Record ?? records.Where(record => RemovalVerbs.IsOne(record.Action)).MaxBy(record => record.Time)?.Path,
            History = history,
        }, ct);
        return 1;
    }

    /// <summary>One role of an identity, as the newest record of a step says. Returns 1 where that is news. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<int> RebuildRoleAsync(ResourceId identity, string record, CancellationToken ct)
    {
        if (await CurtailmentMemory.NoteAsync(_evidence, record, identity, ct) is not { } note
            || (await _curtailments.OfAsync(identity, ct)).Any(known => known.Key == note.Key && known.Since >= note.Since))
            return 0;
        await _curtailments.WriteAsync(note, ct);
        return 1;
    }

    /// <summary>The day's budget counts what evidence says of the day.</summary>
    public Task SpentAsync(IEnumerable<DateTimeOffset> quarantines, DateTimeOffset now, CancellationToken ct) =>
        _budget.SpentAsync(quarantines.Count(at => at.UtcDateTime.Date == now.UtcDateTime.Date), now, ct);
}
