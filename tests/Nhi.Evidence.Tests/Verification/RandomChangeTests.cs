using CsCheck;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Verification;

/// <summary>
/// Random byte and file changes, with a saved checkpoint and <c>blobs.csv</c>: none goes unnamed. <c>NHI_TAMPERS=10000</c> makes ten thousand of them; those that come to nothing do not count.
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
        while (made < Changes)
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
        }, iter: Changes - made, threads: Environment.ProcessorCount);
        output.WriteLine($"{made} changes named, {empty} changed nothing.");
        Assert.Equal(Changes, made);
    }

    /// <summary>An export whose listing anybody may have written: no creation time that he makes up, and no line that he drops, hides a record that was left out.</summary>
    [Fact]
    public async Task No_change_of_the_listing_hides_a_record_that_was_left_out()
    {
        using var log = await HonestLog.CreateAsync(8);
        var bench = await TamperBench.OfAsync(log);
        // Written two hours before the newest record, and in no batch.
        var (path, bytes) = await bench.AuthenticAsync(Samples.Intent(9_001, Samples.Start, "hidden"));
        await log.PassAsync(TimeSpan.FromHours(2));
        await log.OperateAsync("app-001");
        await log.RunAsync();
        var copy = await log.CopyAsync();
        var options = await log.OptionsAsync() with { At = null };
        await Gen.Select(Gen.UInt, Gen.Int[-3_000, 3_000], Gen.Bool).List[1, 6].SampleAsync(async changes =>
        {
            var changed = new LogCopy(copy.Blobs);
            changed.Put(path, bytes);
            var lines = changed.Blobs.Select(pair => (pair.Key, pair.Value.Created, Size: (long)pair.Value.Bytes.Length)).ToList();
            foreach (var (which, minutes, drop) in changes)
            {
                var at = which % 3 == 0 ? lines.FindIndex(line => line.Key == path) : (int)(which % lines.Count);
                if (at < 0)
                    continue;
                if (drop)
                    lines.RemoveAt(at);
                else
                    lines[at] = lines[at] with { Created = lines[at].Created.AddMinutes(minutes) };
            }

            var csv = System.Text.Encoding.UTF8.GetBytes(ExportListing.HeaderLine + string.Concat(lines.Select(line => ExportListing.LineOf(line.Key, line.Created, line.Size))));
            changed.Listing = await ExportListing.ReadAsync(() => new MemoryStream(csv), default);
            var report = await LogVerifier.VerifyAsync(changed, options, null, default);
            Assert.True(RandomChange.IsNamed(report, path), HonestLogTests.Told(report));
        }, iter: Changes, threads: 1);
    }
}
