using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>The records of a removal's steps. A rebuild reads them back, so what it needs stands in members and not only in the sentence.</summary>
internal static class RemovalRecords
{
    /// <summary>Versions that a record names at most, since it has to fit into <see cref="RecordLimits.Bytes"/>: whoever enables more than these in one secret has the others' updates told as changes without a record.</summary>
    public const int MostNamed = 1_200;

    /// <summary>So many stand one by one: a list of a record has room for 256.</summary>
    public const int MostAlone = 200;

    /// <summary>So many share a reason otherwise: a text has room for 2,048.</summary>
    private const int Together = 60;
    private const string Naming = "version ", NamingMany = "versions ";

    /// <summary>The parts that all of them share, as an outcome that is fine.</summary>
    public static EvidenceRecord Of(string verb, string op, RemovalTarget target, RowHold hold, Trigger trigger, string summary, IReadOnlyList<string> reasons)
    {
        var (look, id) = (target.Look, target.Look.Credential.Id);
        var current = look.Credential.Current;
        return new EvidenceRecord
        {
            Op = op,
            Stage = RecordStage.Outcome,
            Action = RemovalVerbs.Action(verb),
            Result = "ok",
            Time = hold.Start,
            Fence = hold.Fence,
            Summary = summary,
            Trigger = new TriggerFacts(trigger.Source, trigger.Id, trigger.Type, trigger.Time),
            Correlation = trigger.Correlation,
            RequestedBy = trigger.RequestedBy,
            Approval = new ApprovalFacts(trigger.By is null ? "automated" : "human", trigger.By, trigger.Time, look.Policy.Rule),
            Owner = target.Owner is { Length: > 0 and <= RecordLimits.Identity } owner ? new OwnerFacts("name", owner) : null,
            Credential = new CredentialFacts(id.ToString(), target.Kind, id.Name, current.Nhi?.Handle),
            Resource = new ResourceFacts(target.Row.Value, target.Resource?.Overlap.ToString()),
            Change = new ChangeFacts(Facts(current), null),
            Decision = new DecisionFacts("allow", look.Policy.Rule, null, look.Policy.Sha256, [.. reasons.Where(reason => reason.Length > 0)]),
            Finding = look.Leading is [var first, ..] ? new FindingFacts(first.Signal, first.Severity, Remedy(verb, id), [.. look.Leading.Take(20).Select(finding => $"{finding.Signal}: {finding.Record}")], look.Leading.Count) : null,
            Controls = ControlsServed.By(RemovalVerbs.Action(verb)),
        };
    }

    /// <summary>How a record's reasons name the versions that a step writes to.</summary>
    public static IEnumerable<string> Names(IReadOnlyCollection<string> versions) => versions.Count <= MostAlone
        ? versions.Select(version => Naming + version)
        : versions.Take(MostNamed).Chunk(Together).Select(some => NamingMany + string.Join(' ', some));

    /// <summary>The versions that a record's reasons name.</summary>
    public static IEnumerable<string> Named(EvidenceRecord record) => (record.Decision?.Reasons ?? []).SelectMany(reason =>
        reason.StartsWith(Naming, StringComparison.Ordinal) ? [reason[Naming.Length..]]
        : reason.StartsWith(NamingMany, StringComparison.Ordinal) ? reason[NamingMany.Length..].Split(' ') : Array.Empty<string>());

    public static VersionFacts Facts(CredentialVersion version) =>
        new(version.Version, version.Expires, version.IsDead ? "dead" : version.Enabled ? "active" : "disabled", version.Nhi?.Handle);

    /// <summary>The alarm of what was read in quarantine.</summary>
    public static Finding ReadInQuarantine(RemovalTarget target, IEnumerable<Use.UseFact> reads) => new()
    {
        Signal = SignalNames.ReadInQuarantine,
        Subject = target.Look.Credential.Id.ToString(),
        Credential = target.Look.Credential.Id,
        Resource = target.Resource?.Id,
        Kind = target.Kind,
        Owner = target.Owner,
        Severity = "critical",
        Score = 90,
        Facts = [.. reads.TakeLast(10).Select(read => $"version {read.Version} was asked for by {read.Principal} at {read.Last:yyyy-MM-ddTHH:mm:ssZ}")],
        Remedy = $"Find out who needs it and make them its owner, or keep it: nhi keep {target.Look.Credential.Id} --until DATE --reason TEXT.",
    };

    private static string Remedy(string verb, CredentialId id) => verb switch
    {
        RemovalVerbs.Quarantine => $"Whoever needs it: nhi restore {id}, or read it, and it comes back by itself.",
        _ => $"To keep it: nhi keep {id} --until DATE --reason TEXT.",
    };
}
