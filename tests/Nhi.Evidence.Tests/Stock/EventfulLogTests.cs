using System.Globalization;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;

namespace Nhi.Evidence.Tests.Stock;

/// <summary>What the container's <c>README.txt</c> and the Go program say of a log whose key was changed and whose year was closed: nothing, where nobody meddled.</summary>
public sealed class EventfulLogTests
{
    [Fact]
    public async Task The_commands_of_the_readme_raise_no_alarm_over_a_key_that_was_changed_and_a_year_that_was_closed()
    {
        using var log = await EventfulLog.OfAsync(squatted: false);

        Assert.Equal(new StockTool(0, ""), await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Records, EventfulLog.BothKeys));
        Assert.Equal(new StockTool(0, ""), await ReadmeShell.RunAsync(log.Folder, AuditorReadme.NothingElse, EventfulLog.BothKeys));
        Assert.Equal(new StockTool(0, "      2 keys/log-1.pub.pem\n      3 keys/log-2.pub.pem\n"), await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Batches, EventfulLog.BothKeys));
        Assert.Contains("LOOK AT log/000000/000000002.batch.txt\n", (await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Batches)).Said, StringComparison.Ordinal);
    }

    /// <summary>For a day it has the signatures of both.</summary>
    [Theory, InlineData(EventfulLog.BothKeys, "keys/log-2.pub.pem"), InlineData("keys/log-1.pub.pem", "keys/log-1.pub.pem"), InlineData("keys/log-2.pub.pem", "keys/log-2.pub.pem")]
    public async Task The_newest_checkpoint_of_a_key_that_is_being_changed_verifies_by_either(string keys, string signer)
    {
        using var log = await EventfulLog.OfAsync(squatted: false);
        Assert.Equal(new StockTool(0, $"{signer}\n{Text(log.ReadLast())}"), await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Checkpoint, keys));
    }

    [Fact]
    public async Task The_commands_name_what_others_put_at_the_logs_names_and_nothing_else()
    {
        using var log = await EventfulLog.OfAsync(squatted: true);
        var name = BatchName.Of(EventfulLog.Squatted);
        var (_, said) = await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Batches, EventfulLog.BothKeys);
        Assert.Equal($"      2 keys/log-1.pub.pem\n      1 keys/log-2.pub.pem\n      1 LOOK AT {name}\n      2 keys/log-2.pub.pem\n", Without(said, "openssl", "asn1", ":error:"));
        Assert.Contains($"LOOK AT {name}\n", (await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Records)).Said, StringComparison.Ordinal);

        // As the text says.
        File.Delete(Path.Combine(log.Folder, name));
        Assert.Equal(new StockTool(0, ""), await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Records));
        var beside = await ReadmeShell.RunAsync(log.Folder, AuditorReadme.NothingElse);
        Assert.Equal([$"> {EventfulLog.Taken}"], beside.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is '<' or '>'));
        Assert.EndsWith($"keys/log-2.pub.pem\n{Text(log.ReadLast())}", (await ReadmeShell.RunAsync(log.Folder, AuditorReadme.Checkpoint, EventfulLog.BothKeys)).Said, StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_go_program_goes_on_with_a_changed_key_and_passes_over_what_counts_for_nothing(bool squatted)
    {
        using var log = await EventfulLog.OfAsync(squatted);
        var run = await GoLog.RunAsync(log.Folder, [.. EventfulLog.BothKeys.Split(' ').Select(key => Path.Combine(log.Folder, key))]);

        Assert.True(run.Exit == 0, run.Said);
        // The end of a run of void batches has a checkpoint of its own.
        Assert.Contains($"9 records in 5 batches, {log.Last + 1} checkpoints, ", run.Said, StringComparison.Ordinal);
        foreach (var name in (string[])[BatchName.Of(EventfulLog.Squatted), CheckpointName.Of(log.Last)])
            Assert.Equal(squatted, run.Said.Contains($"{name}: counts for nothing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("keys/log-1.pub.pem", "000000001.batch.txt: gives the log a key that no -key names")]
    [InlineData("keys/log-2.pub.pem", "000000000.batch.txt: counts for nothing, the log key did not sign it")]
    public async Task The_go_program_wants_each_key_of_the_log(string key, string said)
    {
        using var log = await EventfulLog.OfAsync(squatted: false);
        var run = await GoLog.RunAsync(log.Folder, [Path.Combine(log.Folder, key)]);

        Assert.Equal(1, run.Exit);
        Assert.Contains(said, run.Said, StringComparison.Ordinal);
    }

    private static string Text(string note) => note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)];

    private static string Without(string said, params IReadOnlyList<string> words) =>
        string.Concat(said.Split('\n').SkipLast(1).Where(line => !words.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))).Select(line => string.Create(CultureInfo.InvariantCulture, $"{line}\n")));
}
