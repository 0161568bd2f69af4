using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Index;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Cli.Verifying;

/// <summary><c>nhi verify</c>: what is verified against which keys, and what comes of it.</summary>
internal sealed record LogVerification
{
    private const int MostShown = 40;
    private const int MostNoteBytes = 1 << 20;

    public required VerifyLevel Level { get; init; }
    public required TrustedKeys Keys { get; init; }
    public IReadOnlyList<string> Saved { get; init; } = [];
    public string? Save { get; init; }
    public bool Signatures { get; init; } = true;

    /// <summary>A file of findings that were seen before.</summary>
    public string? Known { get; init; }

    /// <summary>Where to write those, and what is found now.</summary>
    public string? WriteKnown { get; init; }

    /// <summary>The index to compare with what the logs yield.</summary>
    public IEvidenceIndex? Index { get; init; }
    public required TimeProvider Clock { get; init; }

    public async Task<Answer> RunAsync(IReadOnlyList<EvidencePlace> places, CancellationToken ct)
    {
        var known = Known is null ? new KnownFindings() : ReadKnown(Known);
        var seen = new KnownFindings();
        var options = new VerifyOptions
        {
            LogKeys = Keys.Log, LogKeyVersions = Keys.LogVersions, ProducerKeys = Keys.Producers, Level = Level, Signatures = Signatures, Clock = Clock, SavedCheckpoints = [.. Saved.Select(ReadNote)],
            IsKnown = Known is null ? null : known.Contains, OnFinding = WriteKnown is null ? null : finding => Note(seen, finding), Index = Index,
        };
        // Together: what fell back to the secondary account closes what was begun in the first.
        var reports = await ProgressLine.ShowAsync(progress => LogVerifier.VerifyAccountsAsync([.. places.Select(place => place.Shards)], options, progress, ct));
        List<(EvidencePlace Place, VerificationReport Report)> done = [.. places.Zip(reports)];

        var notSaved = Save is null ? null : await SaveAsync(Save, done[0].Report, ct);
        if (WriteKnown is not null)
            await WriteKnownAsync(WriteKnown, [.. known.Lines, .. seen.Lines], ct);
        var ok = done.TrueForAll(one => one.Report.IsClean);
        var shape = new VerifyShape(ok, Index is null ? Name(Level) : "index", [.. done.Select(one => VerifiedPlaceShape.Of(one.Place.Name, one.Report))]);
        return new Answer(shape, [
            .. done.SelectMany(one => Blocks(one.Place.Name, one.Report)),
            Block.Lines(ok ? "Nothing was changed, nothing is missing, as far as was looked." : "This is not as it should be: see above."),
            Block.Lines(Save is null ? [] : [notSaved ?? $"The newest checkpoint is saved at {Save}{(ok ? "" : ": where the log ends is what its batches yield, whatever else was found")}."])], ok ? ExitCode.Fine : ExitCode.Findings);
    }

#pragma warning disable CA1308 // Lower case is how the options are written.
    private static string Name(VerifyLevel level) => level.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private static IEnumerable<Block> Blocks(string name, VerificationReport report)
    {
        yield return Block.Lines($"{name}, judged as of {report.At.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}");
        yield return new Block(["Log", "Batches", "Records", "Read", "Checkpoints", "Names", "Head"], [.. report.Logs.Select(log => (IReadOnlyList<string>)[
            log.Log, $"{log.Batches}", $"{log.Records}", $"{log.RecordsRead}", $"{log.Checkpoints}", $"{log.Blobs}", log.Head is { } head ? $"batch {head.Batch}, root {head.Root[..12]}…" : "-"])]);
        foreach (var severity in (FindingSeverity[])[FindingSeverity.Critical, FindingSeverity.Warning])
        {
            var found = report.Findings.Where(finding => finding.Severity == severity).ToList();
            foreach (var finding in found.Take(MostShown))
                yield return Block.Lines(Lines(finding));
            if (found.Count > MostShown)
                yield return Block.Lines($"and {found.Count - MostShown} more like these: --json has them");
        }

        foreach (var (kind, count) in report.Counts.Where(pair => FindingTexts.SeverityOf(pair.Key) == FindingSeverity.Information))
            yield return Block.Lines([$"{count} × {FindingTexts.MeaningOf(kind)}", .. Each(kind, report)]);
        if (report.Known > 0)
            yield return Block.Lines($"{report.Known} findings that were seen before are there still.");
        yield return Block.Lines(report.NotLookedAt.Select(what => $"Not looked at: {what}"));
    }

    /// <summary>Keys that a log names or ends are few, and each has to be compared: whoever has a key can say so of any.</summary>
    private static IEnumerable<string> Each(LogFindingKind kind, VerificationReport report) => kind is LogFindingKind.LogKeyNamed or LogFindingKind.ProducersKeyEnded
        ? report.Findings.Where(finding => finding.Kind == kind).Select(finding => $"   {finding.Log}, batch {finding.Batch}: {finding.Found}. {finding.Remedy}")
        : [];

    private static void Note(KnownFindings seen, LogFinding finding)
    {
        if (finding.Severity > FindingSeverity.Information)
            seen.Add(finding);
    }

    private static KnownFindings ReadKnown(string file)
    {
        try
        {
            return KnownFindings.Read(File.ReadLines(file));
        }
        catch (FormatException e)
        {
            throw new CliFailure($"'{file}' is no file of known findings: {e.Message}. --write-known makes one.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The file of known findings '{file}' cannot be read: {e.Message}");
        }
    }

    private static async Task WriteKnownAsync(string file, IReadOnlyList<string> lines, CancellationToken ct)
    {
        try
        {
            await File.WriteAllLinesAsync(file, ["# Findings that were seen: nhi verify --known names what is new. A hash over all that the finding says, its kind, its log, its place.", .. lines.Distinct(StringComparer.Ordinal)], ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The known findings could not be written to '{file}': {e.Message}", ExitCode.Failed);
        }
    }

    /// <summary>A finding as a person reads it.</summary>
    internal static IEnumerable<string> Lines(LogFinding finding)
    {
        yield return $"{(finding.Severity == FindingSeverity.Critical ? "!!" : "! ")} {finding.Kind}: {finding.Message}";
        var where = new List<string> { finding.Log };
        if (finding.Path is not null)
            where.Add(finding.Path);
        if (finding.Batch is { } batch)
            where.Add($"batch {batch}");
        if (finding.Index is { } index)
            where.Add($"index {index}");
        if (finding.Bytes is { } bytes)
            where.Add($"bytes {bytes.Offset} to {bytes.Offset + bytes.Length - 1}");
        yield return $"   where:    {string.Join(", ", where)}";
        if (finding.Expected is not null)
            yield return $"   expected: {finding.Expected}";
        if (finding.Found is not null)
            yield return $"   found:    {finding.Found}";
        yield return $"   remedy:   {finding.Remedy}";
    }

    internal static ReadOnlyMemory<byte> ReadNote(string file)
    {
        try
        {
            return new FileInfo(file).Length > MostNoteBytes ? throw new CliFailure($"'{file}' is too long for a checkpoint.") : File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The saved checkpoint '{file}' cannot be read: {e.Message}");
        }
    }

    /// <summary>Only an end that holds is worth saving: null where it was saved, else why not.</summary>
    private async Task<string?> SaveAsync(string file, VerificationReport report, CancellationToken ct)
    {
        var head = report.Logs.LastOrDefault(log => log.Head?.Checkpoint is not null);
        if (!report.IsHeadSound || head?.Head?.Checkpoint is not { } note)
            return $"No checkpoint was saved at {file}: only one of a log whose end holds is worth keeping.";
        if (Level == VerifyLevel.Quick && Saved.Count == 0)
            return $"No checkpoint was saved at {file}: a quick look shows that a head grew out of one that you have (--since), and nothing of it without; a full verification does.";
        try
        {
            await File.WriteAllTextAsync(file, note, ct);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The checkpoint could not be saved at '{file}': {e.Message}", ExitCode.Failed);
        }
    }
}
