using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
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
    public required TimeProvider Clock { get; init; }

    public async Task<Answer> RunAsync(IReadOnlyList<EvidencePlace> places, CancellationToken ct)
    {
        var options = new VerifyOptions
        {
            LogKeys = Keys.Log, LogKeyVersions = Keys.LogVersions, ProducerKeys = Keys.Producers, Level = Level, Signatures = Signatures, Clock = Clock, SavedCheckpoints = [.. Saved.Select(ReadNote)],
        };
        // Together: what fell back to the secondary account closes what was begun in the first.
        var reports = await ProgressLine.ShowAsync(progress => LogVerifier.VerifyAccountsAsync([.. places.Select(place => place.Shards)], options, progress, ct));
        List<(EvidencePlace Place, VerificationReport Report)> done = [.. places.Zip(reports)];

        var saved = Save is not null && await SaveAsync(Save, done[0].Report, ct);
        var ok = done.TrueForAll(one => one.Report.IsClean);
        var shape = new VerifyShape(ok, Name(Level), [.. done.Select(one => VerifiedPlaceShape.Of(one.Place.Name, one.Report))]);
        return new Answer(shape, [.. done.SelectMany(one => Blocks(one.Place.Name, one.Report)), Block.Lines(ok ? "Nothing was changed, nothing is missing, as far as was looked." : "This is not as it should be: see above."), .. Save is null || saved ? (Block[])[] : [Block.Lines($"No checkpoint was saved at {Save}: only one of a log that is as it should be is worth keeping.")]], ok ? ExitCode.Fine : ExitCode.Findings);
    }

#pragma warning disable CA1308 // Lower case is how the options are written.
    private static string Name(VerifyLevel level) => level.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private static IEnumerable<Block> Blocks(string name, VerificationReport report)
    {
        yield return new Block([name, "Batches", "Records", "Read", "Checkpoints", "Names", "Head"], [.. report.Logs.Select(log => (IReadOnlyList<string>)[
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
            yield return Block.Lines($"{count} × {FindingTexts.MeaningOf(kind)}");
        yield return Block.Lines(report.NotLookedAt.Select(what => $"Not looked at: {what}"));
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

    private static ReadOnlyMemory<byte> ReadNote(string file)
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

    /// <summary>Only what held is worth saving.</summary>
    private static async Task<bool> SaveAsync(string file, VerificationReport report, CancellationToken ct)
    {
        if (!report.IsClean || report.Logs.LastOrDefault(log => log.Head?.Checkpoint is not null)?.Head?.Checkpoint is not { } note)
            return false;
        try
        {
            await File.WriteAllTextAsync(file, note, ct);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"The checkpoint could not be saved at '{file}': {e.Message}", ExitCode.Failed);
        }
    }
}
