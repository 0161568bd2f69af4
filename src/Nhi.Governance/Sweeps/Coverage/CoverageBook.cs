using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Records;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps.Coverage;

/// <summary>
/// One coverage record a run, also when nothing was new. It begins where the last one ended, whoever wrote that: so windows join over restarts, outages and instances that tick at once.
/// </summary>
public sealed partial class CoverageBook(ICursors cursors, IEvidenceLog evidence, ILogger<CoverageBook>? logger = null)
{
    private const int MostUnmatched = 50;

    /// <summary>What was not seen that the log stream names; the record names more.</summary>
    private const int MostLogged = 5;
    private readonly ILogger _logger = logger ?? (ILogger)NullLogger.Instance;

    /// <summary>How far the windows of that name and source reach; where its cursor is lost, as the newest coverage record says. Null: nobody ever swept. Throws what the cursors and the log throw.</summary>
    public async Task<DateTimeOffset?> CoveredAsync(string name, string action, string source, DateTimeOffset before, CancellationToken ct) =>
        (await ReadAsync(name, action, source, before, ct)).Covered;

    /// <summary>Writes what was seen since the last window and moves the cursor; nothing where the window is covered already. Throws <see cref="EvidenceRefusedException"/> when it could not be written.</summary>
    public async Task CoverAsync(SweptWindow window, CancellationToken ct)
    {
        var (cursor, covered) = await ReadAsync(window.Name, window.Action, window.Source, window.Until, ct);
        var from = covered ?? window.Until - window.First;
        if (from >= window.Until)
            return;
        await evidence.WriteAsync(Record(window, from), new WriteRules(FirstWriterWins: true), ct);
        await cursors.TryMoveAsync(window.Name, Cursor.Of(window.Until), cursor, ct);
        if (window.Failures.Count > 0)
            LogPartial(_logger, window.Action, string.Join(", ", window.Failures.Take(MostLogged)));
    }

    [LoggerMessage(2412, LogLevel.Warning, "The run {Action} was partial, not seen: {What}")]
    private static partial void LogPartial(ILogger logger, string action, string what);

    private async Task<(Cursor? Cursor, DateTimeOffset? Covered)> ReadAsync(string name, string action, string source, DateTimeOffset before, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(name, ct);
        if (cursor?.Instant is { } last && last <= before)
            return (cursor, last);
        var newest = await evidence.NewestAsync(action, before, ct);
        return (cursor, newest?.Record.Coverage is { } coverage && coverage.Source == source && coverage.To <= before ? coverage.To : null);
    }

    private static EvidenceRecord Record(SweptWindow window, DateTimeOffset from) => new()
    {
        Op = RotationId.Op(window.Name, window.Action[(window.Action.IndexOf('.', StringComparison.Ordinal) + 1)..], window.Tick, 0),
        Stage = RecordStage.Outcome,
        Action = window.Action,
        Result = "summary",
        Time = window.Tick,
        Summary = window.Summary,
        Trigger = new TriggerFacts("timer", window.Tick.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), window.Function, window.Tick),
        Coverage = new CoverageFacts(window.Source, from, window.Until, window.Observed, window.Matched, [.. window.Failures.Take(MostUnmatched)], window.Failures.Count > 0),
        Controls = ControlsServed.By(window.Action),
    };
}
