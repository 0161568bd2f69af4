using Nhi.Evidence.Records;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// Which records are news for people: findings that are raised or over, the steps of a removal and of the end of a wide role, what is blocked or failed, an emergency. Not each rotation, and nothing that is only promised.
/// </summary>
public static class News
{
    /// <summary>Null where it is none.</summary>
    public static DigestItem? Of(PublishedRecord published)
    {
        var record = published.Record;
        if (record.Stage == RecordStage.Intent || SeverityOf(record) is not { } severity)
            return null;
        return new DigestItem(
            record.Time, record.Action, record.Result ?? "", severity, record.Summary, record.Credential?.Id, record.Finding?.Signal, record.Finding?.Remedy,
            published.Reference.Path, $"https://{published.Log}/{published.Reference.Path}", published.Reference.Sha256) { Notice = Notice.Of(published) };
    }

    /// <summary>True where it tells an owner what will be taken away, and until when they can say no.</summary>
    public static bool IsTold(DigestItem item) => item.Notice is not null;

    /// <summary>For ordering severities: the more severe, the higher.</summary>
    public static int Rank(string severity) => severity switch { "critical" => 2, "warning" => 1, _ => 0 };

    private static string? SeverityOf(EvidenceRecord record) =>
        // What became of a notice would be told by the next one, for ever.
        record.Action == Receipts.Action ? null
        : record.Action == Verbs.Action(Verbs.Emergency) ? "critical"
        : record.Result is "BLOCKED" or "FAILED" ? "warning"
        : record.Action == "finding.resolve" ? "info"
        : record.Result == "FINDING" ? record.Finding?.Severity ?? "warning"
        : IsStep(record) ? record.Verb is RemovalVerbs.Quarantine or RemovalVerbs.Revoke or RemovalVerbs.Tell or CurtailmentVerbs.Curtail ? "warning" : "info"
        : null;

    private static bool IsStep(EvidenceRecord record) => (RemovalVerbs.IsOne(record.Action) || CurtailmentVerbs.IsOne(record.Action)) && (record.Result == "ok" || record is { Stage: RecordStage.Reconciled, Shown: "published" or "partly" or "dead" });
}
