using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>One history out of a seed: honest work, an attacker's deeds in between, and then the laws: the log goes on, nothing honest is lost, each deed is without effect or named, nothing else is.</summary>
internal sealed class AttackHistory(Attacker attacker, Random random) : IDisposable
{
    private const Means ThatBreaks = Means.SignLog | Means.Overwrite;
    private readonly AttackWorld world = new(random);
    private readonly List<Naming> named = [];
    private readonly HashSet<LogFindingKind> allowed = [];
    private readonly List<string> story = [];

    internal string Story => string.Join("; ", story);

    internal async Task RunAsync()
    {
        await world.PrepareAsync();
        if (attacker.Means.HasFlag(Means.Overwrite))
        {
            world.Policy = world.Policy with { Locked = false };
            Name(new Naming(null, LogFindingKind.PolicyUnlocked));
        }

        for (var i = random.Next(20, 40); i > 0; i--)
        {
            await WorkAsync();
            if (random.Next(4) == 0)
                await AttackAsync();
        }

        // Whatever they did, the log has taken in every honest record when the hourly scan was there once.
        await world.RecoverAsync(TimeSpan.FromMinutes(70));
        await AssertLoggedAsync();
        await world.RecoverAsync(TimeSpan.FromMinutes(100));
        await AssertNamedAsync();
        await AssertIndexAsync();
        if (attacker.Means.HasFlag(Means.Overwrite))
            await OverwriteAsync();
    }

    public void Dispose() => world.Dispose();

    private async Task WorkAsync()
    {
        var dice = random.Next(100);
        if (dice < 35)
            await world.OperateAsync();
        else if (dice < 40)
            await world.SweepAsync();
        else if (dice < 75)
            await world.RunAsync(random.Next(3));
        else
            world.Pass(TimeSpan.FromSeconds(random.Next(1, random.Next(10) == 0 ? 20_000 : 1_500)));
        story.Add(dice < 35 ? "operate" : dice < 40 ? "sweep" : dice < 75 ? "run" : "wait");
    }

    private async Task AttackAsync()
    {
        var able = Deed.All.Where(deed => (deed.Needs & attacker.Means) == deed.Needs && !(world.IsStalled && deed.Needs.HasFlag(Means.SignLog))).ToArray();
        if (able.Length == 0)
            return;
        var deed = able[random.Next(able.Length)];
        story.Add(deed.Name.ToUpperInvariant());
        foreach (var one in await deed.ActAsync(world, random))
            Name(one);
        allowed.UnionWith(deed.MayCause);
    }

    private void Name(Naming one)
    {
        named.Add(one);
        allowed.UnionWith(one.AnyOf);
    }

    private async Task AssertLoggedAsync()
    {
        var listed = (await world.ReadAsync()).SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToHashSet();
        var left = world.Honest.Keys.Where(path => !listed.Contains(path)).ToList();
        Assert.True(left.Count == 0 || world.IsStalled, $"Honest records that are in no batch: {string.Join(", ", left)}");
    }

    private async Task AssertNamedAsync()
    {
        HashSet<string> told = new(StringComparer.Ordinal);
        var report = await world.VerifyAsync(VerifyLevel.Full, world.Checkpoint is { } note ? [note] : [], (_, record, _) =>
        {
            if (record.Result == "ok")
                told.Add($"{record.Credential!.Name} {record.Change!.After!.Version}");
        });
        AssertNamed(report, named);
        var strange = report.Findings.Where(finding => finding.Severity != FindingSeverity.Information && !allowed.Contains(finding.Kind)).ToList();
        Assert.True(strange.Count == 0, $"A false alarm: {string.Join('\n', strange.Take(5).Select(finding => $"{finding.Kind} {finding.Message}"))}");
        var listed = (await world.ReadAsync()).SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToHashSet();
        AssertNamed(report, world.Honest.Keys.Where(path => !listed.Contains(path)).Select(path => new Naming(path, LogFindingKind.RecordUnlogged, LogFindingKind.NotYet)));
        AssertForks();
        AssertReality(told);
    }

    private static void AssertNamed(VerificationReport report, IEnumerable<Naming> wanted)
    {
        foreach (var one in wanted)
        {
            var path = one.Path is null ? null : FindingBook.Shown(one.Path);
            Assert.True(report.Findings.Any(finding => one.AnyOf.Contains(finding.Kind) && (path is null || finding.Path == path)), $"'{one.Path}' is not named as {string.Join(" or ", one.AnyOf)}:\n{HonestLogTests.Told(report)}");
        }
    }

    /// <summary>A forged checkpoint that a sequencer had to read was alarmed at once.</summary>
    private void AssertForks()
    {
        var alarmed = world.Alarms.Where(alarm => alarm.Kind == SequencerAlarmKind.Fork).Select(alarm => alarm.Path).ToHashSet();
        Assert.Subset(world.Forks.Select(fork => fork.Path).ToHashSet(), alarmed);
    }

    /// <summary>Evidence and the platform's own log, joined both ways.</summary>
    private void AssertReality(HashSet<string> told)
    {
        HashSet<string> platform = [.. world.Changes, .. world.Ungoverned];
        HashSet<string> silent = [.. platform.Except(told)], lies = [.. told.Except(platform)];
        Assert.Subset(silent, world.Ungoverned);
        if ((attacker.Means & ThatBreaks) == 0)
            Assert.Equal((world.Ungoverned.Count, world.Lies.Count), (silent.Count, lies.Count));
    }

    /// <summary>The index is what a rebuild makes, or the verifier says that it is not; a rebuilt one is clean.</summary>
    private async Task AssertIndexAsync()
    {
        var keys = await world.Log.PublicKeysAsync();
        var rebuilt = new MemoryEvidenceIndex();
        await new IndexRebuilder(world.Store, keys, await world.Log.Bench.Producer.AuthenticityAsync(default)).RebuildAsync(rebuilt, default);
        LogFindingKind[] ofIndex = [LogFindingKind.IndexRowAltered, LogFindingKind.IndexRowMissing, LogFindingKind.IndexRowUnknown];
        Assert.DoesNotContain((await world.VerifyAsync(VerifyLevel.Full, index: rebuilt)).Findings, finding => ofIndex.Contains(finding.Kind));
        var same = (await LogReader.RowsAsync(rebuilt)).ToHashSet().SetEquals(await LogReader.RowsAsync(world.Log.Index));
        Assert.Equal(!same, (await world.VerifyAsync(VerifyLevel.Full, index: world.Log.Index)).Findings.Any(finding => ofIndex.Contains(finding.Kind)));
    }

    /// <summary>Before the lock blobs can be changed: each change is named, with the checkpoint that the auditor saved.</summary>
    private async Task OverwriteAsync()
    {
        var batches = await world.ReadAsync();
        if (batches.Count == 0 || world.Checkpoint is not { } saved)
            return;
        var listed = batches.SelectMany(batch => batch.Entries).Select(entry => entry.Path).Where(world.Honest.ContainsKey).ToArray();
        string[] targets = [.. batches.Select(batch => BatchName.Of(batch.Number)), .. listed];
        for (var i = 0; i < 4; i++)
        {
            var copy = await LogCopy.OfAsync(world.Store);
            var (path, other) = (targets[random.Next(targets.Length)], targets[random.Next(targets.Length)]);
            if (random.Next(3) == 0)
                copy.Blobs.Remove(path);
            else if (random.Next(2) == 0 && path != other)
                (copy.Blobs[path], copy.Blobs[other]) = (copy.Blobs[other], copy.Blobs[path]);
            else
                copy.Flip(path, random.Next(copy.Blobs[path].Bytes.Length));
            var report = await LogVerifier.VerifyAsync(copy, await world.Log.OptionsAsync() with { SavedCheckpoints = [saved] }, null, default);
            Assert.True(RandomChange.IsNamed(report, path) || report.Findings.Any(finding => finding.Kind == LogFindingKind.LogMissing), $"'{path}' was changed and is not named:\n{HonestLogTests.Told(report)}");
        }

        await CutAsync(batches[^1], saved);
    }

    /// <summary>The end of the log is taken away, and all that is left is true: only the saved checkpoint says so.</summary>
    private async Task CutAsync(BatchFile last, ReadOnlyMemory<byte> saved)
    {
        var copy = await LogCopy.OfAsync(world.Store);
        foreach (var path in copy.Below("log/").Where(path => string.CompareOrdinal(path, BatchName.Of(last.Number)) >= 0).ToList())
            copy.Blobs.Remove(path);
        var report = await LogVerifier.VerifyAsync(copy, await world.Log.OptionsAsync() with { SavedCheckpoints = [saved] }, null, default);
        Assert.True(report.Findings.Any(finding => finding.Kind is LogFindingKind.LogTruncated or LogFindingKind.HistoryRewritten or LogFindingKind.LogMissing), $"The end was cut off, and nothing says so:\n{HonestLogTests.Told(report)}\n{Encoding.UTF8.GetString(saved.Span)}");
    }
}
