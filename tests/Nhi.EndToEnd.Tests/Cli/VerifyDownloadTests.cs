using System.Security.Cryptography;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Writing;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi verify</c> of a download, as an auditor goes on with it: what is saved, and what was seen before.</summary>
public sealed class VerifyDownloadTests : IDisposable
{
    private static readonly Dictionary<string, string> Nothing = [];
    private readonly string root = Directory.CreateTempSubdirectory("nhi-download-").FullName;
    private readonly PemSigner logKey = PemSigner.Create();
    private readonly PemSigner producersKey = PemSigner.Create();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(root, "evidence-2026");

    public void Dispose()
    {
        logKey.Dispose();
        producersKey.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private async Task MakeAsync(int batches)
    {
        var store = new FolderEvidenceStore(Folder, "a.blob.core.windows.net/evidence-2026", TimeProvider.System);
        using var producer = new Producer(producersKey, new ProducerDescription("nhi", "1", "i"));
        var pending = new MemoryPendingRecords();
        var writer = new EvidenceWriter(YearlyContainers.Single(store), null, producer, pending, TimeProvider.System, TimeProvider.System, new WriterOptions());
        using var sequencer = new Sequencer(store, logKey, null, producer, pending, new IndexSink(new MemoryEvidenceIndex()), TimeProvider.System, new SequencerOptions());
        for (var batch = 0; batch < batches; batch++)
        {
            var now = TimeProvider.System.GetUtcNow();
            await writer.WriteAsync(new EvidenceRecord
            {
                Op = TimerOp.Of($"{batch}", "look", now), Stage = RecordStage.Outcome, Action = "estate.look", Result = "summary", Time = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero), Summary = "Looked.",
            }, default, Ct);
            await sequencer.RunAsync(Ct);
        }

        foreach (var (name, key) in (ReadOnlySpan<(string, PemSigner)>)[("log.pem", logKey), ("producers.pem", producersKey)])
            File.WriteAllText(Path.Combine(root, name), PemEncoding.WriteString("PUBLIC KEY", key.PublicKeyAsync(Ct).AsTask().GetAwaiter().GetResult().Span) + "\n");
    }

    private Task<NhiRun> VerifyAsync(params string[] more) =>
        NhiRun.StartAsync(Nothing, ["verify", "--folder", Folder, "--log-key", Path.Combine(root, "log.pem"), "--producers-key", Path.Combine(root, "producers.pem"), .. more]);

    private void Put(string path, string text)
    {
        var file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    [Fact]
    public async Task Junk_that_was_seen_keeps_nothing_from_being_saved_and_is_told_apart_from_what_is_new()
    {
        await MakeAsync(3);
        var (saved, known) = (Path.Combine(root, "saved.txt"), Path.Combine(root, "known.txt"));
        Assert.Contains("judged as of 2", (await VerifyAsync()).Exits(0).Output, StringComparison.Ordinal);

        Put("tmp/one", "junk");
        var first = (await VerifyAsync("--save", saved, "--write-known", known)).Exits(1);
        Assert.Contains("is saved at", first.Output, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Folder, CheckpointName.Of(2)), Ct), await File.ReadAllTextAsync(saved, Ct));
        Assert.Contains("1 findings that were seen before", (await VerifyAsync("--known", known)).Exits(0).Output, StringComparison.Ordinal);

        Put("tmp/two", "junk");
        var second = (await VerifyAsync("--known", known, "--write-known", known, "--json")).Exits(1).Json.GetProperty("places")[0];
        Assert.Equal((1L, "tmp/two"), (second.GetProperty("known").GetInt64(), second.GetProperty("findings")[0].GetProperty("path").GetString()));
        (await VerifyAsync("--known", known)).Exits(0);
    }

    [Fact]
    public async Task A_checkpoint_is_saved_where_the_end_holds_and_by_a_quick_look_only_where_it_grew_out_of_one()
    {
        await MakeAsync(3);
        var saved = Path.Combine(root, "saved.txt");
        Assert.Contains("No checkpoint was saved", (await VerifyAsync("--quick", "--save", saved)).Exits(0).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(saved));
        Assert.Contains("is saved at", (await VerifyAsync("--quick", "--since", Path.Combine(Folder, CheckpointName.Of(0)), "--save", saved)).Exits(0).Output, StringComparison.Ordinal);
        File.Delete(saved);
        File.Delete(Path.Combine(Folder, BatchName.Of(1)));
        Assert.Contains("No checkpoint was saved", (await VerifyAsync("--save", saved)).Exits(1).Output, StringComparison.Ordinal);
        Assert.False(File.Exists(saved));
    }

    [Fact]
    public async Task A_version_of_the_producers_key_that_ended_counts_for_what_was_stored_before()
    {
        await MakeAsync(2);
        const string Skipped = "Whether what a version of the producers' key signed that has ended was stored before";
        Assert.DoesNotContain(Skipped, (await VerifyAsync()).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains(Skipped, (await OfKeyAsync("2026-11-01")).Exits(0).Output, StringComparison.Ordinal);
        var names = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(file => (Path: Path.GetRelativePath(Folder, file), new FileInfo(file).Length)).OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        var now = TimeProvider.System.GetUtcNow();
        await File.WriteAllTextAsync(Path.Combine(Folder, ExportListing.FileName), ExportListing.HeaderLine + string.Concat(names.Select(file => ExportListing.LineOf(file.Path, now, file.Length))), Ct);
        Assert.Contains("RecordForged", (await OfKeyAsync($"{now.AddHours(-1):yyyy-MM-dd'T'HH:mm'Z'}")).Exits(1).Output, StringComparison.Ordinal);
        (await OfKeyAsync($"{now.AddHours(1):yyyy-MM-dd'T'HH:mm'Z'}")).Exits(0);
        Assert.Contains("no instant", (await OfKeyAsync("soon")).Exits(2).Errors, StringComparison.Ordinal);

        Task<NhiRun> OfKeyAsync(string until) => NhiRun.StartAsync(Nothing, ["verify", "--folder", Folder, "--log-key", Path.Combine(root, "log.pem"), "--producers-key", $"{Path.Combine(root, "producers.pem")}@{until}"]);
    }

    [Fact]
    public async Task A_file_of_known_findings_that_is_none_is_refused()
    {
        await MakeAsync(1);
        Put("../known.txt", "RecordForeign\n");
        Assert.Contains("line 1 ", (await VerifyAsync("--known", Path.Combine(root, "known.txt"))).Exits(2).Errors, StringComparison.Ordinal);
    }
}
