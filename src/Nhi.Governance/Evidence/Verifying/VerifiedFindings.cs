using System.Globalization;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Verification.Findings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Evidence.Verifying;

/// <summary>
/// Tells what a verification found: one finding for each log and kind, with where it is. What lies in a container stays there for years, so what a person has dealt with is told again only when there is more of it.
/// Only a person says that it is over; but how a container is protected, a later look sees.
/// </summary>
public sealed partial class VerifiedFindings(IFindings findings, FindingDesk desk, ILogger<VerifiedFindings> logger)
{
    /// <summary>Places that one finding names.</summary>
    private const int MostFacts = 20;

    private static readonly LogFindingKind[] _seenToBeOver = [LogFindingKind.PolicyUnlocked, LogFindingKind.RetentionShort, LogFindingKind.AppendAllowed, LogFindingKind.SharedKeyAllowed];
    /// <summary>What others look after, who know more: the reality sweep changes without us, ReconcileOperations open intents, the alert on seals those that are late.</summary>
    private static readonly LogFindingKind[] _toldElsewhere = [LogFindingKind.VersionChainBroken, LogFindingKind.IntentOpen, LogFindingKind.SealLate];
    private static readonly HashSet<string> _judged = [SignalNames.EvidenceBroken];

    /// <summary>Tells what is news and returns how many findings that was. Throws <see cref="EvidenceRefusedException"/> and <see cref="ExternalCallException"/>; the log stream has it even so.</summary>
    /// <param name="found">What was found, information too.</param>
    /// <param name="protections">Logs whose protection was looked at.</param>
    /// <param name="trigger">The timer's.</param>
    /// <param name="now">Governance time, UTC.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<int> TellAsync(IReadOnlyCollection<LogFinding> found, IReadOnlyCollection<string> protections, Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        var groups = found.Where(one => one.Severity > FindingSeverity.Information && !_toldElsewhere.Contains(one.Kind)).GroupBy(one => (one.Log, one.Kind)).OrderByDescending(group => group.First().Severity).ToList();
        var told = 0;
        Dictionary<string, Finding>? known = null;
        foreach (var group in groups)
        {
            var news = Of(group.Key.Log, group.Key.Kind, [.. group]);
            try
            {
                known ??= await KnownAsync(ct);
            }
            catch (ExternalCallException)
            {
                Log(group.Key.Log, group.Key.Kind, news);
                throw;
            }

            if (known.GetValueOrDefault(news.Key) is { } before)
            {
                // What was told before may have been found by the other kind of run.
                var more = news.Facts.Except(before.Facts, StringComparer.Ordinal).ToList();
                if (more.Count == 0)
                    continue;
                news = news with { Facts = [.. before.Facts.TakeLast(Math.Max(0, MostFacts - more.Count)), .. more] };
            }

            Log(group.Key.Log, group.Key.Kind, news);
            await desk.TellAsync(news.Subject, [news], _judged, trigger, now, ct);
            told++;
        }

        foreach (var log in protections)
            foreach (var kind in _seenToBeOver.Where(kind => !groups.Exists(group => group.Key == (log, kind))))
                await desk.TellAsync(Subject(log, kind), [], _judged, trigger, now, ct);
        return told;
    }

    /// <summary>Those that are open, and those that a person has dealt with.</summary>
    private async Task<Dictionary<string, Finding>> KnownAsync(CancellationToken ct)
    {
        var known = new Dictionary<string, Finding>(StringComparer.Ordinal);
        await foreach (var finding in findings.ListAsync(resolved: true, ct))
            if (finding.Signal == SignalNames.EvidenceBroken && !(finding.Resolved is not null && _seenToBeOver.Any(kind => finding.Subject.StartsWith($"{kind} ", StringComparison.Ordinal))))
                known[finding.Key] = finding;
        return known;
    }

    private static string Subject(string log, LogFindingKind kind) => $"{kind} in {log}";

    private static Finding Of(string log, LogFindingKind kind, IReadOnlyList<LogFinding> found)
    {
        var severity = FindingTexts.SeverityOf(kind);
        var places = found.Select(Place).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return new Finding
        {
            Signal = SignalNames.EvidenceBroken,
            Subject = Subject(log, kind) is { Length: > 512 } longer ? longer[..512] : Subject(log, kind),
            Severity = severity == FindingSeverity.Critical ? "critical" : "warning",
            Score = severity == FindingSeverity.Critical ? 100 : 60,
            Facts = places.Count <= MostFacts ? places : [.. places.Take(MostFacts - 1), string.Create(CultureInfo.InvariantCulture, $"and {places.Count - MostFacts + 1} more: nhi verify names them")],
            Remedy = $"{FindingTexts.MeaningOf(kind)} {FindingTexts.RemedyFor(kind)} nhi verify says more; nhi findings resolve says that it is dealt with.",
        };
    }

    /// <summary>Where it is: the same each time that it is found.</summary>
    private static string Place(LogFinding finding) => finding.Path ?? (finding.Batch is { } batch ? string.Create(CultureInfo.InvariantCulture, $"batch {batch}") : finding.Found ?? finding.Log);

    private void Log(string log, LogFindingKind kind, Finding finding)
    {
        if (finding.Severity == "critical")
            LogBroken(log, kind, finding.Facts[0], FindingTexts.MeaningOf(kind));
        else
            LogOdd(log, kind, finding.Facts[0], FindingTexts.MeaningOf(kind));
    }

    [LoggerMessage(4211, LogLevel.Critical, "Verifying the log {Log} found {Kind}, '{Place}': {What}")]
    private partial void LogBroken(string log, LogFindingKind kind, string place, string what);

    [LoggerMessage(4212, LogLevel.Warning, "Verifying the log {Log} showed {Kind}, '{Place}': {What}")]
    private partial void LogOdd(string log, LogFindingKind kind, string place, string what);
}
