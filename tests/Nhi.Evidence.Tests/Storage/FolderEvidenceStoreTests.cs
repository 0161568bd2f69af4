using System.Diagnostics;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Storage;

public sealed class FolderEvidenceStoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nhi-evidence-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private FolderEvidenceStore Store => new(folder, EvidenceBench.Origin, TimeProvider.System);

    [Fact]
    public async Task Of_many_who_create_one_name_one_wins_and_its_bytes_stay()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = $"records/2026/11/24/13/{round}.json";
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.TryCreateAsync(path, new[] { (byte)i }, "x", Ct), Ct)));
            var winner = Assert.Single(Enumerable.Range(0, 8), i => answers[i].Answer == CreateAnswer.Created);
            Assert.Equal([(byte)winner], (await Store.ReadAsync(path, 10, Ct))!.Bytes.ToArray());
        }

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder, ".unfinished")));
    }

    [Theory]
    [InlineData("../outside.json")]
    [InlineData("records/../../outside.json")]
    [InlineData("/etc/passwd")]
    [InlineData("records//a.json")]
    [InlineData(".unfinished/a")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("")]
    public async Task A_name_that_leaves_the_folder_is_none(string path)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TryCreateAsync(path, new byte[1], "x", Ct));
        Assert.Null(await Store.ReadAsync(path, 10, Ct));
        Assert.Empty(await Store.ListAsync(path.Length == 0 ? "nothing" : path, Ct).ToListAsync(Ct));
    }

    [Fact]
    public async Task Names_are_listed_in_ordinal_order_below_a_prefix_and_long_blobs_are_cut()
    {
        foreach (var name in new[] { "records/b.json", "records/a/z.json", "records/B.json", "log/x" })
            await Store.TryCreateAsync(name, new byte[5], "x", Ct);
        Assert.Equal(["records/B.json", "records/a/z.json", "records/b.json"], (await Store.ListAsync("records/", Ct).ToListAsync(Ct)).Select(blob => blob.Path));
        Assert.Equal(["records/a/z.json"], (await Store.ListAsync("records/a", Ct).ToListAsync(Ct)).Select(blob => blob.Path));
        var cut = await Store.ReadAsync("log/x", 3, Ct);
        Assert.Equal((3, true), (cut!.Bytes.Length, cut.Truncated));
        Assert.Null(await Store.ReadAsync("log/y", 3, Ct));
    }

    [Fact]
    public async Task Sha256sum_checks_an_exported_batch_and_names_a_record_of_which_one_byte_changed()
    {
        using var bench = new EvidenceBench(store: Store);
        for (var i = 0; i < 20; i++)
        {
            var intent = await bench.WriteAsync(Samples.Intent(i));
            await bench.WriteAsync(Samples.Outcome(Samples.Intent(i), reference: intent.Reference));
        }

        using var sequencer = new Sequencer(Store, bench.LogKey, null, bench.Producer, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), bench.Clock, new SequencerOptions { BatchEntries = 30 });
        Assert.Equal(40, (await sequencer.RunAsync(Ct)).Logged);
        foreach (var number in new[] { 0, 1 })
            Assert.Equal((0, ""), await Sha256SumAsync(BatchName.Of(number)));

        var (valid, _) = await LogReader.ReadAsync(Store, await bench.LogKey.PublicKeyAsync(Ct));
        var victim = valid[0].Entries[3].Path;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, victim), Ct);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(folder, victim), bytes, Ct);
        var (code, output) = await Sha256SumAsync(BatchName.Of(0));
        Assert.NotEqual(0, code);
        Assert.StartsWith($"{victim}: FAILED\n", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(int Code, string Output)> Sha256SumAsync(string file)
    {
        var start = new ProcessStartInfo("sha256sum", ["-c", "--quiet", "--strict", file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Ct);
        var output = await process.StandardOutput.ReadToEndAsync(Ct);
        await error;
        await process.WaitForExitAsync(Ct);
        return (process.ExitCode, output);
    }
}
