using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;
using Nhi.Governance.Tests.Evidence;

namespace Nhi.Governance.Tests.Publishing;

public sealed class AnchorTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 13, 5, 7, TimeSpan.Zero);
    private readonly Topic topic = new();
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Publisher Over(LogRig rig) => new([rig.Containers], rig.Places, rig.Producer, rig, [topic], rig.Receipts, NullLogger<Publisher>.Instance);

    [Fact]
    public async Task Each_batchs_checkpoint_goes_to_the_topic_after_its_records_whole_as_stored()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        for (var i = 0; i < 3; i++)
        {
            await rig.WriteAsync(i);
            await rig.Sequencing.RunAsync(Ct);
        }

        await Over(rig).RunAsync(Ct);
        Assert.Equal([0, 1, 2], topic.Anchors.Select(anchor => anchor.Batch));
        foreach (var anchor in topic.Anchors)
        {
            Assert.Equal(System.Text.Encoding.UTF8.GetString((await rig.Year(2026).ReadAsync(CheckpointName.Of(anchor.Batch), 10_000, Ct))!.Bytes.Span), anchor.Note);
            Assert.StartsWith($"{rig.Year(2026).Origin}\n{anchor.Size}\n{anchor.Root}\nbatch {anchor.Batch}\n\n", anchor.Note, StringComparison.Ordinal);
        }

        Assert.Equal(topic.Anchors[^1].Size, topic.Records);
        await Over(rig).RunAsync(Ct);
        Assert.Equal(3, topic.Anchors.Count);
    }

    [Fact]
    public async Task A_batch_waits_for_its_checkpoint_and_one_that_has_a_successor_does_not()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.WriteAsync(1);
        rig.Year(2026).OnCall = (call, _) => new(call.Verb == "create" && call.Path.EndsWith(".checkpoint.txt", StringComparison.Ordinal) ? StoreFault.Unreachable : StoreFault.None);
        await Assert.ThrowsAsync<ExternalCallException>(() => rig.Sequencing.RunAsync(Ct));
        Assert.NotNull(await rig.Year(2026).ReadAsync(BatchName.Of(0), BatchFile.MostBytes, Ct));
        Assert.Equal(0, await Over(rig).RunAsync(Ct));

        rig.Year(2026).OnCall = null;
        await rig.Sequencing.RunAsync(Ct);
        Assert.Equal(1, await Over(rig).RunAsync(Ct));
        Assert.Equal(0, Assert.Single(topic.Anchors).Batch);
    }

    [Fact]
    public async Task L3_junk_at_a_checkpoints_name_does_not_hide_the_one_beside_it()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        await rig.Year(2026).TryCreateAsync(CheckpointName.Of(0), "junk"u8.ToArray(), "text/plain", Ct);
        await rig.WriteAsync(1);
        await rig.Sequencing.RunAsync(Ct);
        await Over(rig).RunAsync(Ct);

        Assert.Contains('~', Assert.Single(topic.Anchors).Path);
    }

    [Fact]
    public async Task A_fork_at_the_plain_name_goes_out_beside_the_true_checkpoint_and_does_not_shadow_it()
    {
        using var rig = new LogRig(Start, [2026, 2027, 2028]);
        var fork = new Checkpoint(rig.Year(2026).Origin, 1, Nhi.Evidence.Tree.TreeHash.Leaf("another"u8), 0);
        await rig.Year(2026).TryCreateAsync(CheckpointName.Of(0), await CheckpointNote.SignAsync(fork, [rig.LogKey], Ct), "text/plain", Ct);
        await rig.WriteAsync(1);
        await rig.Sequencing.RunAsync(Ct);
        await Over(rig).RunAsync(Ct);

        Assert.Equal(2, topic.Anchors.Count(anchor => anchor.Batch == 0));
        Assert.Contains(topic.Anchors, anchor => anchor.Root != fork.Root.ToBase64() && anchor.Path.Contains('~', StringComparison.Ordinal));
    }

    private sealed class Topic : IAnchorSink
    {
        public List<PublishedCheckpoint> Anchors { get; } = [];
        public int Records { get; private set; }
        public string Name => "topic";

        public Task SendAsync(IReadOnlyList<PublishedRecord> records, CancellationToken ct)
        {
            Records += records.Count;
            return Task.CompletedTask;
        }

        public Task AnchorAsync(PublishedCheckpoint checkpoint, CancellationToken ct)
        {
            Anchors.Add(checkpoint);
            return Task.CompletedTask;
        }
    }
}
