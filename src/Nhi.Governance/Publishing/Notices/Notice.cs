using Nhi.Evidence.Records;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// What an owner is told will be taken away, as it lies in the log. <paramref name="Path"/>: its record's blob name; <paramref name="At"/>: its record's time, UTC; <paramref name="Role"/>: the key of the role that it is about, null where it is about a secret.
/// </summary>
public sealed record Notice(string Path, DateTimeOffset At, CredentialFacts? Credential, ResourceFacts? Resource, OwnerFacts? Owner, string? Role)
{
    /// <summary>Null where the record tells nothing of the kind.</summary>
    public static Notice? Of(PublishedRecord published)
    {
        ArgumentNullException.ThrowIfNull(published);
        return Of(published.Record, published.Reference.Path);
    }

    /// <inheritdoc cref="Of(PublishedRecord)"/>
    public static Notice? Of(EvidenceRecord record, string path)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record is { Stage: RecordStage.Outcome, Result: "ok" } && (record.Action == RemovalVerbs.Action(RemovalVerbs.Tell) || record.Action == CurtailmentVerbs.Action(CurtailmentVerbs.Tell))
            ? new Notice(path, record.Time, record.Credential, record.Resource, record.Owner, record.Rotation)
            : null;
    }
}
