using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Cli.Verifying;
using Nhi.Evidence.Storage;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary><c>nhi evidence export</c> of a container into which somebody put names that no folder can hold.</summary>
public sealed class EvidenceDownloadTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("nhi-export-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_blob_that_cannot_be_a_file_is_left_out_with_why_and_stops_no_other()
    {
        const string Genuine = "records/2026/11/24/13/130507Z__log_2-seal_01qwxc7mj8f2s9v4t6y8z0a2b4.json";
        string[] hostile = ["records/2026/11/24/13", "log", $"records/2026/11/24/13/{new string('x', 300)}.json", "tmp/a", "tmp/a/b"];
        var store = new MemoryEvidenceStore("a.blob.core.windows.net/evidence-2026", TimeProvider.System);
        foreach (var path in (string[])[Genuine, .. hostile])
            await store.TryCreateAsync(path, "{}"u8.ToArray(), "application/json", Ct);
        var answer = await EvidenceDownload.RunAsync([("evidence-2026", store)], root, Ct);
        var log = Assert.Single(((ExportShape)answer.Shape).Logs);
        Assert.Equal(ExitCode.Findings, answer.Exit);
        Assert.True(File.Exists(Path.Combine(root, "evidence-2026", Genuine)));
        // Of the two that stand in each other's way one is there.
        Assert.Subset(hostile.ToHashSet(), log.Skipped.Select(one => one.Path).ToHashSet());
        Assert.Equal(4, log.Skipped.Count);
        Assert.All(log.Skipped, one => Assert.NotEmpty(one.Why));
    }
}
