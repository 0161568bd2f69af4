using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tests.Sequencing;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>A last batch that lists no record leaves tree and size as they were: only the auditor's saved checkpoint knows that it was there.</summary>
public sealed class EmptyEndTests : IDisposable
{
    private readonly SequencerBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(VerifyLevel.Full)]
    [InlineData(VerifyLevel.Delta)]
    [InlineData(VerifyLevel.Quick)]
    public async Task A_last_batch_that_lists_nothing_is_missed_when_it_is_cut_off(VerifyLevel level)
    {
        var next = bench.NewKey();
        await bench.WriteAsync(0, 3);
        await bench.RunAfreshAsync();
        await bench.NewSequencer(new LogKeys(bench.Log.LogKey, next)).RunAsync(Ct);
        var saved = (await bench.Store.ReadAsync(CheckpointName.Of(1), SignedNote.MostBytes, Ct))!.Bytes;
        var options = new VerifyOptions
        {
            LogKeys = [await bench.Log.LogKey.PublicKeyAsync(Ct), await next.PublicKeyAsync(Ct)], ProducerKeys = [await bench.Log.ProducersKey.PublicKeyAsync(Ct)],
            At = bench.Log.Clock.GetUtcNow(), Cores = 1, Level = level, SavedCheckpoints = [saved],
        };
        var copy = await LogCopy.OfAsync(bench.Store);
        Assert.DoesNotContain(LogFindingKind.LogTruncated, (await LogVerifier.VerifyAsync(copy, options, null, Ct)).Counts.Keys);
        foreach (var path in new[] { BatchName.Of(1), CheckpointName.Of(1) })
            Assert.True(copy.Blobs.Remove(path));
        Assert.Contains(LogFindingKind.LogTruncated, (await LogVerifier.VerifyAsync(copy, options, null, Ct)).Counts.Keys);
    }

    public void Dispose() => bench.Dispose();
}
