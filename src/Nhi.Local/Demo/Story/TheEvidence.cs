using Nhi.Evidence.Verification.Findings;
using Nhi.Local.Demo.Evidence;

namespace Nhi.Local.Demo.Story;

/// <summary>The evidence as an auditor finds it: folders, an intent and its outcome, checksums by a stock tool.</summary>
internal sealed class TheEvidence(string? exportFolder) : IChapter
{
    public string Title => "The evidence, in an auditor's words";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        await stage.Consumers.StopAsync();
        var evidence = await SequencedAsync(stage, ct);
        Folder(stage, evidence);
        Pair(stage, evidence);
        stage.Claims.That($"{evidence.Records.Count(record => record.Name.IsIntent)} intents, each written before its effect; without an outcome: {evidence.OpenIntents.Count}", evidence.OpenIntents.Count == 0);
        stage.Claims.That($"{evidence.Records.Count} records, all of them in one of {evidence.Batches.Count} numbered, signed batches", evidence.Logged().Count == evidence.Records.Count, $"{evidence.Logged().Count} are");

        var folder = exportFolder ?? Directory.CreateTempSubdirectory("nhi-export-").FullName;
        try
        {
            await EvidenceExport.WriteAsync(evidence, folder, ct);
            await ChecksumsAsync(stage, evidence, folder, ct);
            await VerifyAsync(stage, evidence, folder, ct);
        }
        finally
        {
            if (exportFolder is null) Directory.Delete(folder, recursive: true);
        }

        stage.Evidence = evidence;
    }

    /// <summary>The sequencer's and the publisher's timers tick until all is in a batch.</summary>
    private static async Task<EvidenceCopy> SequencedAsync(Stage stage, CancellationToken ct)
    {
        await stage.LeapAsync(TimeSpan.FromSeconds(61), ct);
        for (var more = 8; ; more--)
        {
            await stage.LeapAsync(TimeSpan.FromSeconds(61), ct);
            var evidence = await EvidenceCopy.TakeAsync(stage.World, ct);
            if (more == 0 || (evidence.Logged().Count == evidence.Records.Count && evidence.OpenIntents.Count == 0)) return evidence;
        }
    }

    private static void Folder(Stage stage, EvidenceCopy evidence)
    {
        var shown = (evidence.Done("rotate").LastOrDefault() ?? evidence.Records[^1]).Blob;
        var folder = shown.Name[..shown.Name.LastIndexOf('/')];
        stage.Narrator.Say("Nothing here can be overwritten or deleted by anybody: the container is WORM, and each blob's name says what it is. Storage Explorer shows a folder for each hour:");
        var inside = evidence.Blobs.Where(blob => blob.Folder == shown.Folder && blob.Name.StartsWith(folder + "/", StringComparison.Ordinal)).OrderBy(blob => blob.Name, StringComparer.Ordinal).ToList();
        stage.Narrator.Show($"{shown.Folder}/{folder}/");
        foreach (var blob in inside.Take(8)) stage.Narrator.Show($"  {blob.Name[(folder.Length + 1)..]}   {blob.Bytes.Length:N0} bytes");
        if (inside.Count > 8) stage.Narrator.Show($"  … {inside.Count - 8} more");
    }

    private static void Pair(Stage stage, EvidenceCopy evidence)
    {
        if (evidence.Done("rotate").LastOrDefault() is not { } outcome || evidence.Records.FirstOrDefault(record => record.Name.IsIntent && record.Name.Op == outcome.Name.Op) is not { } intent) return;
        stage.Narrator.Say("An operation is two files of one name but for the stage. Before it was done:");
        stage.Narrator.Show($"summary   {(string?)intent.Json["summary"]}");
        stage.Narrator.Show($"trigger   {(string?)intent.Json["trigger"]?["type"]} of {(string?)intent.Json["trigger"]?["source"]}");
        stage.Narrator.Show($"decision  rule '{(string?)intent.Json["decision"]?["policy"]}' of the policy with SHA-256 {((string?)intent.Json["decision"]?["sha256"])?[..16]}…");
        stage.Narrator.Show($"owner     {(string?)intent.Json["owner"]?["id"]}");
        stage.Narrator.Show($"recorded  {(string?)intent.Json["recorded"]}   an outcome was due by {(string?)intent.Json["deadline"]}");
        stage.Narrator.Say("And when it was known what came of it:");
        stage.Narrator.Show($"result    {outcome.Result}: {(string?)outcome.Json["summary"]}");
        stage.Narrator.Show($"change    version {(string?)outcome.Json["change"]?["before"]?["version"]} -> {outcome.Version}");
        stage.Narrator.Show($"intent    SHA-256 {((string?)outcome.Json["intent"]?["sha256"])?[..16]}… of the first file's bytes");
        stage.Narrator.Show($"controls  {string.Join(", ", outcome.Json["controls"]?.AsArray().Select(control => (string?)control) ?? [])}");
    }

    private static async Task ChecksumsAsync(Stage stage, EvidenceCopy evidence, string folder, CancellationToken ct)
    {
        var (files, good, tool) = (0, 0, true);
        foreach (var batch in evidence.Batches)
        {
            if (await Sha256Sums.CheckAsync(Path.Combine(folder, batch.Folder), batch.Name, ct) is not { } judged)
            {
                tool = false;
                break;
            }

            files += judged.Files;
            good += judged.AllAsListed ? 1 : 0;
        }

        stage.Narrator.Say("An auditor needs no tool of ours. Over an export of the container, with what every system has:");
        if (evidence.Batches.Count > 0) stage.Narrator.Show($"$ cd {evidence.Batches[0].Folder} && sha256sum -c {evidence.Batches[0].Name}");
        stage.Claims.That($"sha256sum -c on each of {evidence.Batches.Count} batches: {files} files as listed", tool && good == evidence.Batches.Count && files == evidence.Records.Count,
            tool ? $"{good} batches, {files} of {evidence.Records.Count} files" : "this machine has neither sha256sum nor shasum");
    }

    /// <summary>Every log that has begun; then a copy of which one byte was changed.</summary>
    private static async Task VerifyAsync(Stage stage, EvidenceCopy evidence, string folder, CancellationToken ct)
    {
        var verification = new ExportVerification(stage.World);
        stage.Narrator.Say("Was anything changed, is anything missing? The verifier reads the export alone and trusts two public keys. $ nhi verify --folder DIR --log-key … --producers-key …");
        foreach (var container in evidence.Batches.Select(batch => batch.Folder).Distinct().Order(StringComparer.Ordinal))
        {
            var report = await verification.RunAsync(Path.Combine(folder, container), ct);
            var log = report.Logs is [var first, ..] ? first : null;
            stage.Claims.That($"{container}: {log?.Records} records in {log?.Batches} batches under {log?.Checkpoints} signed checkpoints; nothing changed, nothing missing", report.IsClean, string.Join("; ", report.Findings.Where(finding => finding.Severity != FindingSeverity.Information).Take(3).Select(finding => finding.Message)));
        }

        if (evidence.Done("rotate").LastOrDefault() is not { } shown) return;
        stage.Narrator.Say($"Now somebody changes one byte in a copy of {shown.Blob.Name}:");
        var tampered = await verification.AfterOneByteAsync(Path.Combine(folder, shown.Blob.Folder), shown.Blob.Name, ct);
        var named = tampered.Findings.FirstOrDefault(finding => finding.Kind == LogFindingKind.RecordAltered && finding.Path == shown.Blob.Name);
        if (named is not null) stage.Narrator.Show($"{named.Kind}: batch {named.Batch}, record {named.Index}: {named.Message}");
        stage.Claims.That("the verifier names that record, and the batch that lists it", named is not null && !tampered.IsClean);
    }
}
