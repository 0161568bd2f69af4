using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Stock;

namespace Nhi.Evidence.Tests.Shards;

public sealed class ShardPreparationTests : IDisposable
{
    private readonly EvidenceBench bench = new();

    public void Dispose() => bench.Dispose();

    private async Task<ShardPreparation> PreparationAsync(string policy = "mode: observe\n", params PemSigner[] more)
    {
        List<ReadOnlyMemory<byte>> keys = [];
        foreach (var key in (PemSigner[])[bench.LogKey, .. more])
            keys.Add(await key.PublicKeyAsync(default));
        return new ShardPreparation(keys, [await bench.ProducersKey.PublicKeyAsync(default)], Encoding.UTF8.GetBytes(policy));
    }

    private async Task<string> TextAsync(string path) => Encoding.UTF8.GetString((await bench.Memory.ReadAsync(path, 100_000, default))!.Bytes.Span);

    [Fact]
    public async Task A_prepared_container_has_readme_keys_policy_and_at_last_shard_first()
    {
        List<string> order = [];
        bench.Memory.OnCall = (call, _) =>
        {
            if (call.Verb == "create")
                order.Add(call.Path);
            return new(StoreFault.None);
        };
        var prepared = await (await PreparationAsync()).PrepareAsync(bench.Memory, default);

        string[] expected = ["README.txt", "keys/log-1.pub.pem", "keys/log-1.vkey", "keys/producers.pub.pem", $"policies/{Convert.ToHexStringLower(SHA256.HashData("mode: observe\n"u8))}.yaml", "shard.first"];
        Assert.Equal(expected, prepared.Created);
        Assert.Equal(expected, order);
        using var key = NoteKey.TryParse((await TextAsync("keys/log-1.vkey")).TrimEnd());
        Assert.Equal(EvidenceBench.Origin, key!.Name);
        using var pem = ECDsa.Create();
        pem.ImportFromPem(await TextAsync("keys/log-1.pub.pem"));
        Assert.Equal((await bench.LogKey.PublicKeyAsync(default)).ToArray(), pem.ExportSubjectPublicKeyInfo());
        Assert.Equal(EvidenceBench.Origin + "\n", await TextAsync("shard.first"));
    }

    [Fact]
    public async Task Preparing_again_adds_what_is_new_and_changes_nothing()
    {
        await (await PreparationAsync()).PrepareAsync(bench.Memory, default);
        var again = await (await PreparationAsync()).PrepareAsync(bench.Memory, default);
        Assert.Empty(again.Created);
        Assert.Empty(again.Others);

        using var next = PemSigner.Create();
        var rotated = await (await PreparationAsync("mode: enforce\n", next)).PrepareAsync(bench.Memory, default);
        Assert.Equal(["keys/log-2.pub.pem", "keys/log-2.vkey", $"policies/{Convert.ToHexStringLower(SHA256.HashData("mode: enforce\n"u8))}.yaml"], rotated.Created);
    }

    [Fact]
    public async Task L9_squatted_names_cost_another_name_and_a_container_that_says_it_is_another_is_refused()
    {
        foreach (var path in (string[])["keys/log-1.pub.pem", "keys/log-1.vkey", $"policies/{Convert.ToHexStringLower(SHA256.HashData("mode: observe\n"u8))}.yaml"])
            await bench.Memory.TryCreateAsync(path, "junk"u8.ToArray(), "text/plain", default);
        var prepared = await (await PreparationAsync()).PrepareAsync(bench.Memory, default);
        Assert.Contains("keys/log-2.pub.pem", prepared.Created);
        Assert.Contains("keys/log-2.vkey", prepared.Created);
        Assert.Contains(prepared.Created, path => path.StartsWith("policies/", StringComparison.Ordinal) && path.Contains('~', StringComparison.Ordinal));
        Assert.Equal(2, prepared.Others.Count);

        var copied = new MemoryEvidenceStore("x/evidence-2027", bench.Clock);
        await copied.TryCreateAsync("shard.first", Encoding.ASCII.GetBytes(EvidenceBench.Origin + "\n"), "text/plain", default);
        await Assert.ThrowsAsync<EvidenceStoreException>(async () => await (await PreparationAsync()).PrepareAsync(copied, default));
    }

    [Fact]
    public async Task A_kill_at_any_point_leaves_a_container_that_does_not_count_and_can_be_prepared()
    {
        for (var at = 1; at <= 6; at++)
        {
            var store = new MemoryEvidenceStore(EvidenceBench.Origin, bench.Clock);
            var preparation = await PreparationAsync();
            await Assert.ThrowsAsync<CrashException>(() => preparation.PrepareAsync(new DyingStore(store, new Death(at, afterEffect: false)), default));
            Assert.Null(await store.ReadAsync("shard.first", 1_000, default));
            Assert.Empty((await preparation.PrepareAsync(store, default)).Others);
        }
    }

    [Fact]
    public void The_readme_fits_a_screen_and_is_plain_text()
    {
        var text = AuditorReadme.Of(EvidenceBench.Origin);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 110));
        Assert.Contains(EvidenceBench.Origin, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        foreach (var line in AuditorReadme.Commands.SelectMany(command => command.ReplaceLineEndings("\n").Split('\n')))
            Assert.Contains(line, text, StringComparison.Ordinal);
    }

    /// <summary>What the README tells an auditor to do, done: with tools that are not ours.</summary>
    [Fact]
    public async Task The_commands_of_the_readme_pass_an_honest_log_and_find_each_sort_of_change()
    {
        var folder = Directory.CreateTempSubdirectory("nhi-readme-").FullName;
        try
        {
            var store = new FolderEvidenceStore(folder, EvidenceBench.Origin, bench.Clock);
            await (await PreparationAsync()).PrepareAsync(store, default);
            using var sequencer = new Sequencer(store, bench.LogKey, null, bench.Producer, bench.Pending, new IndexSink(new MemoryEvidenceIndex()), bench.Clock, new SequencerOptions { BatchEntries = 2 });
            var writer = new Nhi.Evidence.Writing.EvidenceWriter(YearlyContainers.Single(store), null, bench.Producer, bench.Pending, bench.Clock, bench.Clock, bench.Options);
            for (var i = 0; i < 5; i++)
                await writer.WriteAsync(Samples.Intent(i), default, default);
            await sequencer.RunAsync(default);

            Assert.Equal(new StockTool(0, ""), await ReadmeShell.RunAsync(folder, AuditorReadme.Records));
            Assert.Equal(new StockTool(0, ""), await ReadmeShell.RunAsync(folder, AuditorReadme.NothingElse));
            Assert.Equal("      3 keys/log-1.pub.pem\n", (await ReadmeShell.RunAsync(folder, AuditorReadme.Batches)).Said);
            Assert.StartsWith("keys/log-1.pub.pem\n" + EvidenceBench.Origin, (await ReadmeShell.RunAsync(folder, AuditorReadme.Checkpoint)).Said, StringComparison.Ordinal);

            var record = Directory.GetFiles(Path.Combine(folder, "records"), "*.json", SearchOption.AllDirectories)[0];
            await File.AppendAllTextAsync(record, " ");
            Assert.Contains("LOOK AT log/000000/", (await ReadmeShell.RunAsync(folder, AuditorReadme.Records)).Said, StringComparison.Ordinal);
            File.Move(record, record[..^5] + "x.json");
            Assert.NotEqual(0, (await ReadmeShell.RunAsync(folder, AuditorReadme.NothingElse)).Exit);
            foreach (var (file, from, to, command) in ((string, string, string, string)[])[("log/000000/000000001.batch.txt", "# count 2", "# count 3", AuditorReadme.Batches), ("log/000000/000000002.checkpoint.txt", "\n5\n", "\n4\n", AuditorReadme.Checkpoint)])
            {
                await File.WriteAllTextAsync(Path.Combine(folder, file), (await File.ReadAllTextAsync(Path.Combine(folder, file))).Replace(from, to, StringComparison.Ordinal));
                Assert.Contains("LOOK AT " + file, (await ReadmeShell.RunAsync(folder, command)).Said, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
