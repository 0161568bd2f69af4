using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tests.Sequencing;

namespace Nhi.Evidence.Tests.Stock;

/// <summary>An auditor needs no tool of ours: a log of some thousand records, as a folder, verified by <c>sha256sum</c>, <c>openssl</c> and a Go program on <c>golang.org/x/mod/sumdb</c>.</summary>
public sealed class StockToolsTests(StockToolsTests.ExportedLog log) : IClassFixture<StockToolsTests.ExportedLog>
{
    [Fact]
    public async Task Sha256sum_finds_each_record_as_its_batch_lists_it()
    {
        for (var n = 0; n < ExportedLog.Runs; n++)
        {
            var run = await ReadmeAsync("sha256sum", n);
            Assert.True(run.Exit == 0, run.Said);
            Assert.Equal(ExportedLog.Records / ExportedLog.Runs, run.Said.Split(".json: OK\n").Length - 1);
        }
    }

    [Fact]
    public async Task Openssl_verifies_the_signature_of_each_checkpoint()
    {
        for (var n = 0; n < ExportedLog.Runs; n++)
        {
            var run = await ReadmeAsync("note", n);
            Assert.Equal(0, run.Exit);
            Assert.StartsWith(EvidenceBench.Origin + "\n", run.Said, StringComparison.Ordinal);
            Assert.EndsWith($"\nbatch {n}\nVerified OK\n", run.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Openssl_refuses_a_checkpoint_of_which_one_character_was_changed()
    {
        var copy = log.Copy();
        var file = Path.Combine(copy, "log", "000000", "000000001.checkpoint.txt");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, text.Replace("batch 1\n", "batch 7\n", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        Assert.Equal(1, (await ReadmeAsync("note", 1, copy)).Exit);
    }

    [Fact]
    public async Task A_go_program_verifies_batches_checkpoints_and_proofs_from_records_and_from_tiles()
    {
        var run = await GoAsync(log.Folder);

        Assert.True(run.Exit == 0, run.Said);
        Assert.Equal($"{ExportedLog.Records} records in {ExportedLog.Runs} batches, {ExportedLog.Runs} checkpoints, 128 inclusion proofs, {2 * ExportedLog.Runs} consistency proofs: OK\n", run.Said);
    }

    [Theory]
    [InlineData("records/", "is not what")]
    [InlineData("log/000000/000000001.batch.txt", "the log key did not sign it")]
    [InlineData("log/000000/000000001.checkpoint.txt", "000000001.checkpoint.txt")]
    public async Task The_go_program_names_what_was_changed(string which, string said)
    {
        var copy = log.Copy();
        var file = Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).First(name => Path.GetRelativePath(copy, name).StartsWith(which, StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var run = await GoAsync(copy);

        Assert.Equal(1, run.Exit);
        Assert.Contains(said, run.Said, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileNameWithoutExtension(file), run.Said, StringComparison.Ordinal);
    }

    private Task<StockTool> GoAsync(string folder) => GoLog.RunAsync(folder, [log.Key], log.Tiles);

    /// <summary>The shell lines of README's section for auditors that speak of one thing, over another batch than README's.</summary>
    private async Task<StockTool> ReadmeAsync(string of, int batch, string? folder = null)
    {
        var page = (await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Stock", "README.md"), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        var lines = page.Split("\n$ cd DIR/evidence-2026\n")[1].Split("\n```")[0].Split('\n').Where(line => line.StartsWith("$ ", StringComparison.Ordinal) && line.Contains(of, StringComparison.Ordinal)).ToList();
        Assert.All(lines, line => Assert.Matches("000000034|openssl", line));
        var script = string.Join('\n', lines.Select(line => line[2..])).Replace("000000034", $"{batch:D9}", StringComparison.Ordinal).Replace("/tmp/", $"{log.Tiles}/.tmp-", StringComparison.Ordinal);
        return await StockTool.RunAsync(folder ?? log.Folder, null, "bash", "-c", script);
    }

    /// <summary>A log as a container's download leaves it: records, batches, checkpoints and the log's key; tiles beside it.</summary>
    public sealed class ExportedLog : IAsyncLifetime
    {
        internal const int Records = 3_000;
        internal const int Runs = 6;
        private readonly string root = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        internal string Folder => Path.Combine(root, "evidence-2026");
        internal string Tiles => Path.Combine(root, "tiles");
        internal string Key => Path.Combine(Folder, "keys", "log-1.pub.pem");

        public async ValueTask InitializeAsync()
        {
            using var bench = new SequencerBench();
            for (var run = 0; run < Runs; run++)
            {
                await bench.WriteAsync(run * (Records / Runs), Records / Runs);
                await bench.NewSequencer().RunAsync(TestContext.Current.CancellationToken);
            }

            foreach (var name in await bench.Log.NamesAsync())
                await WriteAsync(Path.Combine(Folder, name), (await bench.Store.ReadAsync(name, BatchFile.MostBytes, default))!.Bytes);
            foreach (var name in bench.Tiles.Names)
                await WriteAsync(Path.Combine(Tiles, name), (await bench.Tiles.ReadAsync(name, int.MaxValue, default))!.Value);
            var key = await bench.Log.LogKey.PublicKeyAsync(default);
            await WriteAsync(Key, Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", key.Span)));
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(root, recursive: true);
            return ValueTask.CompletedTask;
        }

        /// <summary>A copy of the container's folder, to be changed.</summary>
        internal string Copy()
        {
            var copy = Path.Combine(root, Path.GetRandomFileName());
            foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }

            return copy;
        }

        private static async Task WriteAsync(string file, ReadOnlyMemory<byte> bytes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, bytes);
        }
    }
}
