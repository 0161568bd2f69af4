using CsCheck;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>
/// Random byte and file changes, with a saved checkpoint and <c>blobs.csv</c>: none goes unnamed. <c>NHI_TAMPERS=10000</c> makes ten thousand of them.
/// </summary>
public sealed class RandomChangeTests(ITestOutputHelper output)
{
    private static readonly int Changes = int.TryParse(Environment.GetEnvironmentVariable("NHI_TAMPERS"), out var many) ? many : 300;

    [Fact]
    public async Task Every_random_change_of_any_file_is_named()
    {
        var logs = new List<(LogCopy Copy, VerifyOptions Options)>();
        foreach (var operations in (int[])[3, 8, 14])
        {
            using var log = await HonestLog.CreateAsync(operations);
            var copy = await (await log.CopyAsync()).WithListingAsync();
            var last = copy.Below("log/").Last(path => path.EndsWith("checkpoint.txt", StringComparison.Ordinal));
            logs.Add((copy, await log.OptionsAsync() with { SavedCheckpoints = [copy.Blobs[last].Bytes] }));
            Assert.Equal("", HonestLogTests.Told(await LogVerifier.VerifyAsync(copy, logs[^1].Options, null, TestContext.Current.CancellationToken)));
        }

        var (made, empty) = (0, 0);
        await Gen.Select(Gen.Int[0, logs.Count - 1], RandomChange.Gen).SampleAsync(async (which, change) =>
        {
            var copy = new LogCopy(logs[which].Copy.Blobs);
            var touched = change.Apply(copy);
            if (touched.Count == 0)
            {
                Interlocked.Increment(ref empty);
                return;
            }

            Interlocked.Increment(ref made);
            // The listing remembers what it saw: each verification has its own.
            copy.Listing = (await logs[which].Copy.WithListingAsync()).Listing;
            var report = await LogVerifier.VerifyAsync(copy, logs[which].Options, null, default);
            foreach (var path in touched)
                Assert.True(RandomChange.IsNamed(report, path), $"'{path}' is not named after {change}:\n{HonestLogTests.Told(report)}");
        }, iter: Changes, threads: Environment.ProcessorCount);
        output.WriteLine($"{made} changes named, {empty} changed nothing.");
    }
}
