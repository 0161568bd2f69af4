using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Events;

/// <summary>
/// Reads back what Event Grid gave up: each dead event is one more hint, looked at and noted as if it had arrived, and each vault's are a finding with the reasons: what is dead is not missed as well. The blobs stay; a cursor says which are known.
/// </summary>
public sealed partial class DeadLetters(IDeadLetters letters, IVaultRegistry vaults, Func<Trigger, CancellationToken, Task<GovernReport>> look, IAnnouncements announcements, IFindings findings, FindingDesk desk, ICursors cursors, ILogger<DeadLetters> logger)
{
    /// <summary>Blobs that one run reads at most: what is left comes an hour later.</summary>
    private const int MostBlobs = 500;
    private const int MostFacts = 20;
    private const string CursorName = "dead-letters";

    /// <summary>Returns how many dead events there were. Throws what container and cursors throw; a credential that cannot be looked at is the sweep's.</summary>
    public async Task<int> RunAsync(DateTimeOffset now, DateTimeOffset tick, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(CursorName, ct);
        var (since, known) = Parse(cursor?.Value);
        var batch = await OldestAsync(since, known, ct);
        if (batch.Count == 0)
            return 0;

        var reasons = new Dictionary<string, SortedDictionary<string, int>>(StringComparer.Ordinal);
        var dead = 0;
        foreach (var blob in batch)
            dead += await TakeAsync(await letters.ReadAsync(blob.Name, SecretEvents.LongestBody, ct), now, reasons, ct);
        foreach (var (host, counts) in reasons)
            await TellAsync(host, counts, now, tick, ct);
        var last = batch[^1].Written;
        var there = batch.Where(blob => blob.Written == last).Select(Short).Concat(last == since ? known : []);
        await cursors.TryMoveAsync(CursorName, string.Join(' ', [last.ToString("O", CultureInfo.InvariantCulture), .. there]), cursor, ct);
        return dead;
    }

    /// <summary>The oldest that are not known, in order. The container lists by name, which are in no order of time; memory holds these alone, however many there are.</summary>
    private async Task<IReadOnlyList<DeadLetterBlob>> OldestAsync(DateTimeOffset since, IReadOnlySet<string> known, CancellationToken ct)
    {
        var oldest = new SortedSet<DeadLetterBlob>(Comparer<DeadLetterBlob>.Create((one, other) => one.Written != other.Written ? one.Written.CompareTo(other.Written) : string.CompareOrdinal(one.Name, other.Name)));
        await foreach (var blob in letters.SinceAsync(since, ct))
            if ((blob.Written > since || !known.Contains(Short(blob))) && oldest.Add(blob) && oldest.Count > MostBlobs)
                oldest.Remove(oldest.Max!);
        return [.. oldest];
    }

    private async Task<int> TakeAsync(string? body, DateTimeOffset now, Dictionary<string, SortedDictionary<string, int>> reasons, CancellationToken ct)
    {
        var reading = SecretEvents.Parse(body, now, vaults);
        var reason = ReasonOf(body);
        foreach (var trigger in reading.Accepted)
        {
            var counts = reasons.TryGetValue(trigger.Credential!.Value.Vault, out var known) ? known : reasons[trigger.Credential.Value.Vault] = [];
            counts[reason] = counts.GetValueOrDefault(reason) + 1;
            try
            {
                // As where events arrive: names that no secret has leave nothing behind.
                if (!(await look(trigger, ct)).Gone)
                    await announcements.NoteAsync(trigger.Credential.Value, trigger.Type, now, ct);
            }
            catch (Exception e) when (e is ExternalCallException or EvidenceRefusedException or RowHeldException)
            {
                LogLater(trigger.Credential.Value.ToString(), e.Message);
            }
        }

        if (reading.Rejected.Count > 0)
            LogRefused(reading.Rejected.Count);
        return reading.Accepted.Count;
    }

    private async Task TellAsync(string host, SortedDictionary<string, int> counts, DateTimeOffset now, DateTimeOffset tick, CancellationToken ct)
    {
        var known = (await findings.OfAsync(host, ct)).FirstOrDefault(finding => finding.Signal == SignalNames.EventDeadLettered);
        var fact = string.Create(CultureInfo.InvariantCulture, $"{tick:yyyy-MM-dd'T'HH':00Z'} {string.Join(", ", counts.Select(pair => $"{pair.Value} {pair.Key}"))}");
        var finding = new Finding
        {
            Signal = SignalNames.EventDeadLettered,
            Subject = host,
            Severity = "warning",
            Score = 60,
            Facts = [.. (known?.Facts ?? []).Append(fact).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).TakeLast(MostFacts)],
            Remedy = "Look why the function could not take events (its failures, its key, the subscription); each of these was looked at now, and the sweep covers the rest.",
        };
        await desk.TellAsync(host, [finding], new HashSet<string> { SignalNames.EventDeadLettered }, Trigger.FromTimer("ReconcileReality", tick), now, ct);
    }

    /// <summary>Event Grid's word for why, in either schema's spelling; anybody's text has no place in a record.</summary>
    private static string ReasonOf(string? body)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? "");
            var one = document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.GetArrayLength() > 0 ? document.RootElement[0] : document.RootElement;
            return EventMembers.Of(one)?.Text("deadLetterReason") is { } reason && ReasonPattern().IsMatch(reason) ? reason : "unknown";
        }
        catch (JsonException)
        {
            return "unknown";
        }
    }

    private static string Short(DeadLetterBlob blob) => CrockfordBase32.OfSha256(blob.Name)[..10];

    private static (DateTimeOffset Since, IReadOnlySet<string> Known) Parse(string? value) =>
        value?.Split(' ') is [var at, .. var known] && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var since)
            ? (since, known.ToHashSet(StringComparer.Ordinal))
            : (DateTimeOffset.MinValue, new HashSet<string>());

    [GeneratedRegex(@"\A[A-Za-z]{1,64}\z")]
    private static partial Regex ReasonPattern();

    [LoggerMessage(2321, LogLevel.Warning, "A dead event's {Credential} could not be looked at; the sweep does. {Why}")]
    private partial void LogLater(string credential, string why);

    [LoggerMessage(2322, LogLevel.Warning, "{Count} events or parts of a dead letter are not believed")]
    private partial void LogRefused(int count);
}
