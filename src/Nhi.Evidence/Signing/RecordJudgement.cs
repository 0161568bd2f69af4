using Nhi.Evidence.Records;

namespace Nhi.Evidence.Signing;

/// <summary>Whether a blob is a record of this log. <paramref name="Record"/>: when it is; <paramref name="Why"/>: when it is not.</summary>
public sealed record RecordJudgement(EvidenceRecord? Record, string? Why)
{
    public bool IsAuthentic => Record is not null;
}
