using System.Text.RegularExpressions;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Index;
using Nhi.Evidence.Tracing;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;

namespace Nhi.Cli.Reading;

/// <summary>
/// <c>nhi trace</c>: what was valid when, who or what changed it, under which policy. The index only says where to look: every statement comes from a record that was read and found authentic.
/// </summary>
internal sealed partial class TraceReading(IEvidenceLog log, IEvidenceIndex index)
{
    private const int ReadsAtATime = 16;

    /// <summary>True for the name of an attempt: 26 characters of lower-case Crockford base32.</summary>
    public static bool IsAttempt(string text) => AttemptPattern().IsMatch(text);

    /// <summary>The records of one attempt. Throws <see cref="CliFailure"/> when there is none.</summary>
    public async Task<Answer> AttemptAsync(string op, CancellationToken ct)
    {
        var (records, wrong) = await ReadAsync(await index.OfOperationAsync(op, ct).ToListAsync(ct), ct);
        if (records.Count == 0)
            throw new CliFailure($"The index knows no attempt '{op}'. nhi evidence ls lists names; what was written in the last minutes is not in the index yet.", ExitCode.Findings);
        var shape = new AttemptShape(op, records[0].Record.Credential?.Id, [.. records.Select(TracedShape.Of)]);
        return new Answer(shape, [.. records.Select(traced => Block.Lines(Lines(traced))), Block.Lines([.. wrong, AsIndexed])], wrong.Count == 0 ? ExitCode.Fine : ExitCode.Findings);
    }

    /// <summary>A credential at an instant (UTC), or, when that is null, as records leave it.</summary>
    public async Task<Answer> CredentialAsync(CredentialId id, DateTimeOffset? at, CancellationToken ct)
    {
        var (records, wrong) = await ReadAsync(await index.OfCredentialAsync(id.ToString(), ct).ToListAsync(ct), ct);
        var history = CredentialHistory.Of(id.ToString(), records);
        if (history.Records.Count == 0)
            throw new CliFailure($"The index knows no record of {id}. Either nothing was ever done to it, or nhi rebuild has to make the index anew.", ExitCode.Findings);
        wrong = [.. wrong, .. Breaks(history.Records)];
        var moment = history.At(at ?? DateTimeOffset.MaxValue);
        var until = history.Records.Where(traced => at is null || traced.Record.Recorded <= at).ToList();
        var shape = new TraceShape(
            id.ToString(), at, moment.Current is { } current ? TracedVersionShape.Of(current) : null, [.. moment.Superseded.Select(TracedVersionShape.Of)], [.. moment.Dead.Select(TracedVersionShape.Of)],
            [.. moment.UnderWay.Select(TracedShape.Of)], [.. until.Select(TracedShape.Of)]);
        return new Answer(shape, [Block.Lines($"{id}{(at is null ? "" : $" at {Screen.At(at)}")}"), .. Blocks(moment), Table(until), Block.Lines([.. wrong, AsIndexed])], wrong.Count == 0 ? ExitCode.Fine : ExitCode.Findings);
    }

    /// <summary>What the index leaves out nobody sees here.</summary>
    private const string AsIndexed = "As the index has it: nhi verify --index says whether rows are missing.";

    /// <summary>Every version that was superseded was made by a record, or seen by one, but the first: where none is here, one is missing, or somebody changed the credential without us.</summary>
    private static IEnumerable<string> Breaks(IReadOnlyList<TracedRecord> records)
    {
        var changes = records.Where(traced => traced.Record.Change?.After?.Version is not null).ToList();
        var made = changes.Select(traced => traced.Record.Change!.After!.Version).ToHashSet(StringComparer.Ordinal);
        return changes.Skip(1).Where(traced => traced.Record.Change!.Before?.Version is { } before && !made.Contains(before)).Select(traced =>
            $"'{traced.Path}' superseded version {traced.Record.Change!.Before!.Version}, and no record here made it: the index lacks one (nhi verify --index), or somebody changed the credential without us (nhi findings).");
    }

    /// <summary>The records behind rows, and what is wrong with rows that have none.</summary>
    private async Task<(IReadOnlyList<TracedRecord> Records, IReadOnlyList<string> Wrong)> ReadAsync(List<IndexRow> rows, CancellationToken ct)
    {
        var found = new TracedRecord?[rows.Count];
        await Parallel.ForAsync(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtATime, CancellationToken = ct }, async (i, token) =>
            found[i] = await log.ReadAsync(rows[i].Path, token) is { } read ? new TracedRecord(read.Record, rows[i].Path, read.Sha256) : null);
        List<string> wrong = [];
        for (var i = 0; i < rows.Count; i++)
        {
            if (found[i] is not { } traced)
                wrong.Add($"The index names '{rows[i].Path}', and no authentic record stands there: nhi verify says more.");
            else if (traced.Sha256 != rows[i].Sha256)
                wrong.Add($"The index gives another hash than '{rows[i].Path}' has: nhi verify --index says more.");
        }

        return (TracedRecord.InOrder(found.OfType<TracedRecord>().DistinctBy(traced => traced.Path)), wrong);
    }

    private static IEnumerable<Block> Blocks(CredentialMoment moment)
    {
        yield return Block.Lines(moment.Current is { } current ? Lines("current", current) : ["current         no record knew a version"]);
        foreach (var life in moment.Superseded)
            yield return Block.Lines(Lines("still accepted", life));
        foreach (var life in moment.Dead)
            yield return Block.Lines(Lines("dead", life));
        foreach (var traced in moment.UnderWay)
            yield return Block.Lines($"under way       {traced.Record.Action} since {Screen.At(traced.Record.Recorded)}, without an outcome: {traced.Path}");
        if (moment.Decided is { Record.Decision: { } decision } decided)
            yield return Block.Lines($"policy          rule '{decision.Policy}', text {decision.Sha256 ?? "unknown"}, last said by {decided.Path}");
    }

    private static IEnumerable<string> Lines(string what, VersionLife life)
    {
        yield return $"{what,-15} {life.Version}{(life.Handle is null ? "" : $" ({life.Handle})")}{(life.Expires is null ? "" : $", expires {Screen.At(life.Expires)}")}";
        yield return $"                {(life.PublishedByUs ? "published" : "there when first seen,")} {Screen.At(life.CurrentBy)} by {TracedShape.ByOf(life.Known)}: {life.Known.Path}";
        if (life.Marked is { } marked)
            yield return $"                marked as compromised {Screen.At(marked.Record.Recorded)} by {TracedShape.ByOf(marked)}: {marked.Path}";
        if (life.Killed is { } killed)
            yield return $"                read back as dead {Screen.At(life.DeadBy)}, on {TracedShape.ByOf(killed)}: {killed.Path}";
    }

    private static IEnumerable<string> Lines(TracedRecord traced)
    {
        var record = traced.Record;
        yield return $"{Screen.At(record.Recorded)}  {record.Action}  {record.Shown ?? record.Result ?? "intent"}  by {TracedShape.ByOf(traced)}";
        yield return $"   {record.Summary}";
        if (record.Decision is { } decision)
            yield return $"   rule '{decision.Policy}', policy {decision.Sha256}: {string.Join("; ", decision.Reasons ?? [])}";
        yield return $"   {traced.Path}  sha256 {traced.Sha256}";
    }

    private static Block Table(IReadOnlyList<TracedRecord> records) => new(["Written", "Action", "Result", "By", "Rule", "Record"], [.. records.Select(traced => (IReadOnlyList<string>)[
        Screen.At(traced.Record.Recorded), traced.Record.Action, traced.Record.Shown ?? traced.Record.Result ?? "intent", TracedShape.ByOf(traced), traced.Record.Decision?.Policy ?? "-", traced.Path])]);

    [GeneratedRegex(@"\A[0-9abcdefghjkmnpqrstvwxyz]{26}\z")]
    private static partial Regex AttemptPattern();
}
