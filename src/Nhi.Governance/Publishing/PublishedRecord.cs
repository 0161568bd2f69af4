using Nhi.Evidence.Records;

namespace Nhi.Governance.Publishing;

/// <summary>A logged record on its way to a sink. <paramref name="Log"/>: the log's origin; <paramref name="Index"/>: its place in it; <paramref name="Reference"/>: its blob name and the hash of its bytes.</summary>
public sealed record PublishedRecord(string Log, long Index, RecordReference Reference, EvidenceRecord Record)
{
    /// <summary>The same for every delivery of this record.</summary>
    public string Id => $"{Index}-{Reference.Sha256}";
}
