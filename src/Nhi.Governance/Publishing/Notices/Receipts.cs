using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Publishing.Notices;

/// <summary>
/// Evidence of what became of notices: that a sink took one, or that it did not. One record for each notice, sink and owner, however often it is handed over; it bears the notice's own time, so that it lies beside it.
/// What is taken away waits from the moment at which its notice was taken. Names of sinks stand in it, no addresses.
/// </summary>
public sealed class Receipts(IEvidenceLog evidence)
{
    /// <summary>The action of its records.</summary>
    public const string Action = "notice.deliver";

    /// <summary>What failed so often in a row is written down, once.</summary>
    public const int Tries = 3;

    private static readonly WriteRules _once = new(FirstWriterWins: true);

    /// <summary>Notes that the sink took these. Throws <see cref="EvidenceRefusedException"/>.</summary>
    public async Task TakenAsync(string sink, string? owner, IEnumerable<Notice> notices, CancellationToken ct)
    {
        foreach (var notice in notices)
            await evidence.WriteAsync(Record(sink, owner, notice, "ok"), _once, ct);
    }

    /// <summary>Notes that the sink did not take these. <paramref name="ends"/>: they are not handed over again. Throws <see cref="EvidenceRefusedException"/>.</summary>
    public async Task NotTakenAsync(string sink, string? owner, IEnumerable<Notice> notices, string code, bool ends, CancellationToken ct)
    {
        foreach (var notice in notices)
            await evidence.WriteAsync(Record(sink, owner, notice, ends ? "FAILED" : "RETRY") with { Tries = ends ? null : Tries, Error = new ErrorFacts(code, ends ? "The sink refused it for an hour, and it is given up." : "The sink did not take it, three times in a row; it is handed over again each minute.") }, _once, ct);
    }

    /// <summary>When the last sink or owner of those that took it did so (UTC), as the records among these rows say; null: nobody did. Throws <see cref="ExternalCallException"/>.</summary>
    internal static async Task<DateTimeOffset?> TakenAsync(IEvidenceLog evidence, IEnumerable<IndexedRecord> rows, string notice, DateTimeOffset at, CancellationToken ct)
    {
        DateTimeOffset? taken = null;
        foreach (var row in rows.Where(row => row.Action == Action && row.Result == "ok" && row.Time == at))
            if (await evidence.ReadAsync(row.Path, ct) is { Record: { Action: Action, Result: "ok", Correlation.Id: { } told } record } && told == notice && !(taken >= (record.Recorded ?? record.Time)))
                taken = record.Recorded ?? record.Time;
        return taken;
    }

    internal static EvidenceRecord Record(string sink, string? owner, Notice notice, string result) => new()
    {
        Op = RotationId.Op($"{notice.Path}\n{sink}\n{owner}", "deliver", notice.At, 0),
        Stage = RecordStage.Outcome,
        Action = Action,
        Result = result,
        Time = notice.At,
        Summary = $"The sink '{sink}' {(result == "ok" ? "took" : "did not take")} what {((owner ?? notice.Owner?.Id) is { } told ? $"'{told}'" : "nobody who is known")} is told: {(notice.Role is null ? $"the removal of '{notice.Credential?.Name ?? notice.Credential?.Id}'" : $"the end of a role of {notice.Resource?.Id}")}.",
        Trigger = new TriggerFacts("timer", notice.Path, "Publish", notice.At),
        Correlation = new CorrelationFacts(Id: notice.Path),
        Owner = owner is { Length: > 0 and <= RecordLimits.Identity } ? new OwnerFacts("name", owner) : notice.Owner,
        Credential = notice.Credential is { } about ? new CredentialFacts(about.Id, about.Kind, about.Name) : null,
        Resource = notice.Resource,
        Rotation = notice.Role,
        Controls = ControlsServed.By(Action),
    };
}
