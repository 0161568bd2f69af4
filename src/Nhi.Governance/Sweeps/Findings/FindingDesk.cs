using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Findings;

/// <summary>
/// Tells what is news: a finding that was not open, one whose facts changed, one that is over. Each has its record before its row, so that the log is never behind the table. What is as it was costs no write.
/// </summary>
public sealed partial class FindingDesk(IFindings findings, IEvidenceLog evidence, ILogger<FindingDesk>? logger = null)
{
    // Who is told by nobody else is told by an alert over the log stream (infra/alerts).
    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;

    /// <summary>
    /// Compares what is true of a subject now with what is open about it. <paramref name="judged"/>: the signals that this look could judge; open ones of others stay open, for "not looked" is no "not so".
    /// Throws <see cref="EvidenceRefusedException"/> and <see cref="ExternalCallException"/>: the next look tells it.
    /// </summary>
    public async Task<FindingNews> TellAsync(string subject, IReadOnlyCollection<Finding> found, IReadOnlySet<string> judged, Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var finding in found)
            if (finding.Subject != subject || !judged.Contains(finding.Signal))
                throw new ArgumentException($"The finding {finding.Signal} is about another subject, or its signal was not judged.", nameof(found));
        var open = (await findings.OfAsync(subject, ct)).ToDictionary(finding => finding.Signal, StringComparer.Ordinal);
        var start = Trigger.Floor(now, TimeSpan.FromSeconds(1));
        List<Finding> raised = [], resolved = [];
        foreach (var finding in found)
        {
            var known = open.GetValueOrDefault(finding.Signal);
            if (known is not null && known.SaysTheSameAs(finding))
                continue;
            var news = finding with { FirstSeen = known?.FirstSeen ?? start, Resolved = null };
            var told = await WriteAsync(news, "raise", "FINDING", trigger, start, ct);
            raised.Add(told);
            LogRaised(_logger, told.Signal, told.Subject, told.Severity, told.Score, told.Record);
        }

        foreach (var over in open.Values.Where(known => judged.Contains(known.Signal) && !found.Any(finding => finding.Signal == known.Signal)))
            resolved.Add(await WriteAsync(over with { Resolved = start }, "resolve", "ok", trigger, start, ct));
        return new FindingNews(raised, resolved);
    }

    private async Task<Finding> WriteAsync(Finding finding, string verb, string result, Trigger trigger, DateTimeOffset start, CancellationToken ct)
    {
        var record = new EvidenceRecord
        {
            Op = RotationId.Op($"finding\n{finding.Key}", verb, start, 0),
            Stage = RecordStage.Outcome,
            Action = $"finding.{verb}",
            Result = result,
            Time = start,
            Summary = verb == "raise" ? $"{finding.Signal}: {finding.Subject}. {finding.Remedy}" : $"No longer so: {finding.Signal} of {finding.Subject}.",
            Trigger = new TriggerFacts(trigger.Source, trigger.Id, trigger.Type, trigger.Time),
            Owner = finding.Owner is { } owner ? new OwnerFacts("principal", owner) : null,
            Credential = finding.Credential is { } credential ? new CredentialFacts(credential.ToString(), finding.Kind) : null,
            Resource = finding.Resource is { } resource ? new ResourceFacts(resource.Value) : null,
            Finding = new FindingFacts(finding.Signal, finding.Severity, finding.Remedy, finding.Facts, Score: finding.Score),
            Controls = ControlsServed.BySignal(finding.Signal),
        };
        var written = await evidence.WriteAsync(record, new WriteRules(FirstWriterWins: true), ct);
        var told = finding with { Record = written.Path };
        await findings.WriteAsync(told, ct);
        return told;
    }

    [LoggerMessage(2411, LogLevel.Warning, "Raised {Signal} of {Subject}, severity {Severity}, score {Score}: {Record}")]
    private static partial void LogRaised(ILogger logger, string signal, string subject, string severity, int score, string? record);
}

/// <summary>What a look said that was not known: raised or changed, and over.</summary>
public sealed record FindingNews(IReadOnlyList<Finding> Raised, IReadOnlyList<Finding> Resolved);
