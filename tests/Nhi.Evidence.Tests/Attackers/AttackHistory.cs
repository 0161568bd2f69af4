using System.Text;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Tests.Attackers;

/// <summary>
/// One history out of a seed, over a year's end: honest work with all that may befall it, an attacker's deeds in between, and then the laws: the logs go on, nothing honest is lost, each deed is without effect or named, nothing else is.
/// </summary>
internal sealed class AttackHistory(Attacker attacker, Random random, Func<string, TimeProvider, IEvidenceStore>? containerOf = null) : IDisposable
{
    private const Means ThatBreaks = Means.SignLog | Means.Overwrite;
    private static readonly LogFindingKind[] OfIndex = [LogFindingKind.IndexRowAltered, LogFindingKind.IndexRowMissing, LogFindingKind.IndexRowUnknown];
    private static readonly LogFindingKind[] OfCut = [LogFindingKind.BatchMissing, LogFindingKind.BatchAltered, LogFindingKind.CheckpointFork, LogFindingKind.HistoryRewritten, LogFindingKind.LogTruncated, LogFindingKind.LogMissing];
    private static readonly LogFindingKind[] OfTiles = [LogFindingKind.TileMissing, LogFindingKind.TileAltered];
    private readonly AttackWorld world = new(random, containerOf);
    private readonly List<Naming> named = [];
    private readonly HashSet<LogFindingKind> allowed = [];
    private readonly List<string> story = [];
    private ReadOnlyMemory<byte>? saved;
    private bool saysIndexIsRight;

    internal string Story => string.Join("; ", story);

    private bool IsHonest => attacker.Means == Means.None;

    internal async Task RunAsync()
    {
        await world.PrepareAsync();
        if (attacker.Means.HasFlag(Means.Overwrite))
        {
            world.Policy = world.Policy with { Locked = false };
            Name(new Naming(null, LogFindingKind.PolicyUnlocked));
        }

        for (var i = random.Next(24, 44); i > 0; i--)
        {
            await WorkAsync();
            if (random.Next(4) == 0)
                await AttackAsync();
        }

        await EndTheYearAsync();
        await AssertLoggedAsync();
        await AssertNamedAsync();
        await AssertIndexAsync();
        if (attacker.Means.HasFlag(Means.Overwrite))
        {
            await OverwriteAsync();
            await DeleteBatchAsync();
        }
    }

    public void Dispose() => world.Dispose();

    private async Task WorkAsync()
    {
        var dice = random.Next(100);
        await (dice switch
        {
            < 33 => TellAsync("operate", world.Writers.OperateAsync),
            < 38 => TellAsync("sweep", world.Writers.SweepAsync),
            < 70 => TellAsync("run", () => world.RunAsync(random.Next(3))),
            < 88 => TellAsync("wait", () => PassAsync(TimeSpan.FromSeconds(random.Next(1, random.Next(10) == 0 ? 20_000 : 1_500)))),
            _ => BefallAsync(dice),
        });
        if (saved is null && random.Next(12) == 0)
            saved = world.Primary.At(world.Now).Checkpoint;
    }

    /// <summary>What may befall who is honest.</summary>
    private Task BefallAsync(int dice) => dice switch
    {
        88 => TellAsync("two days", TwoDaysAsync),
        89 or 90 => TellAsync("down or up", () => Done(world.Toggle)),
        91 => TellAsync("log key rotated", () => Done(world.LogKeys.Rotate)),
        92 => TellAsync("producers' key rotated", () => Done(world.ProducersKeys.Rotate)),
        93 or 94 => TellAsync("restart", () => Done(world.Writers.Restart)),
        95 or 96 => TellAsync("lost", LoseAsync),
        97 => TellAsync("frozen host", world.Writers.StrayAsync),
        _ => TellAsync("reconcile", world.Writers.ReconcileAsync),
    };

    private async Task LoseAsync()
    {
        allowed.UnionWith(OfTiles);
        await world.LoseAsync();
    }

    private async Task TwoDaysAsync()
    {
        foreach (var account in world.Accounts)
            account.IsDown = false;
        for (var until = world.Now.AddHours(50); world.Now < until; world.Pass(TimeSpan.FromHours(random.Next(4, 10))))
            await world.RunAsync(random.Next(3));
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private Task PassAsync(TimeSpan time) => Done(() => world.Pass(time));

    private Task TellAsync(string what, Func<Task> act)
    {
        story.Add(what);
        return act();
    }

    private async Task AttackAsync()
    {
        var able = Deed.All.Where(deed => (deed.Needs & attacker.Means) == deed.Needs).ToArray();
        if (able.Length == 0)
            return;
        var deed = able[random.Next(able.Length)];
        // A stolen writer lies in the log of the day: what comes into another one is foreign or late there.
        var logs = deed.Needs.HasFlag(Means.SignRecords) ? [.. world.Accounts.Select(account => account.At(world.Now))] : world.Logs.ToArray();
        world.Target = logs[random.Next(3) > 0 ? Array.IndexOf(logs, world.Primary.At(world.Now)) : random.Next(logs.Length)];
        if (world.Target.IsStalled && deed.Needs.HasFlag(Means.SignLog))
            return;
        var acts = await deed.ActAsync(world, random);
        story.Add($"{deed.Name.ToUpperInvariant()} ({world.Target.Origin[..world.Target.Origin.IndexOf('.', StringComparison.Ordinal)]} {world.Target.Shard.Year}{(acts.Count > 0 ? "" : ", without effect")})");
        foreach (var one in acts)
            Name(one with { Log = one.Path is null ? null : world.Target.Origin });
        allowed.UnionWith(deed.MayCause);
    }

    private void Name(Naming one)
    {
        if (one.Path is { } path)
            world.Named.Add(path);
        named.Add(one);
        allowed.UnionWith(one.AnyOf);
    }

    /// <summary>The year ends, mostly its log is closed as well, and then the timers go on: whatever was done, the logs have taken in every honest record when the hourly scan was there once.</summary>
    private async Task EndTheYearAsync()
    {
        if (world.Now < AttackWorld.NewYear)
            await world.RecoverAsync(AttackWorld.NewYear.AddSeconds(random.Next(1, 4_000)) - world.Now, TimeSpan.FromMinutes(53));
        if (random.Next(4) > 0)
            await world.RecoverAsync(TimeSpan.FromHours(52), TimeSpan.FromHours(9));
        await world.Writers.OperateAsync();
        await world.RecoverAsync(TimeSpan.FromMinutes(170), TimeSpan.FromMinutes(34));
    }

    /// <summary>Every honest record stands in a batch of its log, or came too late for a log that was over and is listed by the next one.</summary>
    private async Task AssertLoggedAsync()
    {
        var left = await UnloggedAsync();
        Assert.True(left.Count == 0, $"Honest records that are in no batch: {string.Join(", ", left)}");
        if (!IsHonest)
            return;
        // Two days after the new one was opened, which whoever ran first in the new year did.
        foreach (var account in world.Accounts)
            Assert.True(world.Now <= (await OpenedAsync(account)).AddHours(50) || await world.ReadAsync(account.Logs[0]) is [] or [.., { Closes: true }], $"{account.Logs[0].Origin} is not closed two days after its year.");
    }

    private async Task<DateTimeOffset> OpenedAsync(AttackAccount account)
    {
        var open = (await world.ReadAsync(account.Logs[1])).SelectMany(batch => batch.Entries).FirstOrDefault(entry => entry.Path.Contains("__open_2-summary_", StringComparison.Ordinal));
        return open is null ? AttackWorld.NewYear : RecordSerializer.Read(await account.Logs[1].BytesAsync(open.Path)).Recorded!.Value;
    }

    private async Task<List<string>> UnloggedAsync(bool stalledToo = false)
    {
        List<string> left = [];
        foreach (var account in world.Accounts)
        {
            foreach (var log in account.Logs.Where(log => stalledToo || !log.IsStalled))
            {
                var listed = (await world.ReadAsync(log)).SelectMany(batch => batch.Entries).Select(entry => entry.Path).ToHashSet();
                listed.UnionWith(await StraysAsync(log, account));
                left.AddRange(log.Honest.Keys.Where(path => !listed.Contains(path)));
            }
        }

        return left;
    }

    private async Task<List<string>> StraysAsync(AttackedLog log, AttackAccount account)
    {
        List<string> strays = [];
        foreach (var next in account.Logs.Where(other => other.Shard.Year > log.Shard.Year))
        {
            foreach (var entry in (await world.ReadAsync(next)).SelectMany(batch => batch.Entries).Where(entry => entry.Path.Contains("_stray_", StringComparison.Ordinal)))
                strays.AddRange(RecordSerializer.Read(await next.BytesAsync(entry.Path)).Shard!.Strays!.Select(stray => stray.Path));
        }

        return strays;
    }

    private async Task AssertNamedAsync()
    {
        HashSet<string> told = new(StringComparer.Ordinal);
        var report = await world.VerifyAsync(VerifyLevel.Full, world.Primary.At(world.Now).Checkpoint is { } note ? [note] : [], (_, record, _) =>
        {
            if (record is { Result: "ok" or "reconciled", Change.After.Version: { } version })
                told.Add($"{record.Credential!.Name} {version}");
        }, world.Index);
        saysIndexIsRight = !report.Findings.Any(finding => OfIndex.Contains(finding.Kind));
        allowed.UnionWith(OfIndex);
        AssertNamed(report, named);
        AssertAllowed(report);
        AssertNamed(report, (await UnloggedAsync(stalledToo: true)).Select(path => new Naming(path, LogFindingKind.RecordUnlogged, LogFindingKind.NotYet)));
        if (IsHonest && random.Next(3) == 0)
        {
            AssertAllowed(await world.VerifyAsync(VerifyLevel.Quick, saved is { } old ? [old] : []));
            AssertAllowed(await world.VerifyAsync(VerifyLevel.Delta, saved is { } from ? [from] : []));
        }

        await AssertForksAsync();
        AssertReality(told);
    }

    private void AssertAllowed(VerificationReport report)
    {
        var strange = report.Findings.Where(finding => finding.Severity != FindingSeverity.Information && !allowed.Contains(finding.Kind)).ToList();
        Assert.True(strange.Count == 0, $"A false alarm ({report.Level}): {string.Join('\n', strange.Take(5).Select(finding => $"{finding.Kind} {finding.Log} {finding.Message} (expected {finding.Expected})"))}");
    }

    private void AssertNamed(VerificationReport report, IEnumerable<Naming> wanted)
    {
        foreach (var one in wanted)
        {
            var path = one.Path is null ? null : FindingBook.Shown(one.Path);
            // In a log that takes in nothing more a record is found to be left out, whatever it says.
            LogFindingKind[] anyOf = one.Log is { } origin && world.LogOf(origin).IsStalled ? [.. one.AnyOf, LogFindingKind.RecordUnlogged] : one.AnyOf;
            Assert.True(report.Findings.Any(finding => anyOf.Contains(finding.Kind) && (path is null || finding.Path == path) && (one.Log is null || finding.Log == one.Log)),
                $"'{one.Path}' of {one.Log ?? "no log"} is not named as {string.Join(" or ", one.AnyOf)}:\n{Told(report)}");
        }
    }

    private static string Told(VerificationReport report) => string.Join('\n', report.Findings.Take(12).Select(finding => $"{finding.Kind} {finding.Log} {finding.Message}"));

    /// <summary>A forged checkpoint that a sequencer had to read was alarmed at once: where a thief made the next batch, too, nobody had to.</summary>
    private async Task AssertForksAsync()
    {
        foreach (var (log, batch, path) in world.Forks)
        {
            var valid = await world.ReadAsync(log);
            if (valid.FindIndex(one => one.Number == batch) is >= 0 and var at && (at + 1 == valid.Count || !log.Stolen.Contains(valid[at + 1].Number)))
                Assert.True(world.Alarms.Exists(one => one.Log == log.Origin && one.Alarm.Kind == SequencerAlarmKind.Fork && one.Alarm.Path == path), $"No sequencer alarmed of the fork '{path}' of {log.Origin}, but of: {string.Join("; ", world.Alarms.Where(one => one.Log == log.Origin).Select(one => $"{one.Alarm.Kind} {one.Alarm.Path}: {one.Alarm.What}").Distinct())}");
        }
    }

    /// <summary>Evidence and the platform's own log, joined both ways.</summary>
    private void AssertReality(HashSet<string> told)
    {
        HashSet<string> platform = [.. world.Writers.Changes, .. world.Ungoverned];
        HashSet<string> silent = [.. platform.Except(told)], lies = [.. told.Except(platform)];
        Assert.Subset(silent, world.Ungoverned);
        if ((attacker.Means & ThatBreaks) == 0)
            Assert.Equal((world.Ungoverned.Count, world.Lies.Count), (silent.Count, lies.Count));
    }

    /// <summary>Index and tiles are what a rebuild makes, or the verifier says that they are not; rebuilt they are clean.</summary>
    private async Task AssertIndexAsync()
    {
        var keys = await world.LogKeys.PublicAsync();
        var rebuilt = new MemoryEvidenceIndex();
        using var judge = new RecordAuthenticity(await world.ProducersKeys.PublicAsync());
        foreach (var log in world.Logs)
            await new IndexRebuilder(log.Store, keys, judge).RebuildAsync(rebuilt, default);
        var same = (await LogReader.RowsAsync(rebuilt)).ToHashSet().SetEquals(await LogReader.RowsAsync(world.Index));
        Assert.Equal(same, saysIndexIsRight);
        Assert.True(same || !IsHonest || story.Contains("lost"), "Nobody lost the index, and a rebuild makes another one.");
        if (random.Next(3) > 0)
            return;
        foreach (var log in world.Logs)
            await new TilesRebuilder(log.Store, keys, log.Tiles, world.Clock).RebuildAsync(default);
        var clean = await world.VerifyAsync(VerifyLevel.Full, index: rebuilt);
        var wrong = clean.Findings.Where(finding => OfIndex.Contains(finding.Kind) || (IsHonest && OfTiles.Contains(finding.Kind))).Take(3).Select(finding => $"{finding.Log} {finding.Message} {finding.Expected}").ToList();
        Assert.True(wrong.Count == 0, $"Rebuilt, and still: {string.Join('\n', wrong)}");
    }

    /// <summary>Before the lock blobs can be changed: each change is named, with the checkpoint that the auditor saved.</summary>
    private async Task OverwriteAsync()
    {
        var log = world.Primary.At(world.Now);
        var batches = await world.ReadAsync(log);
        if (batches.Count == 0 || log.Checkpoint is not { } note)
            return;
        var listed = batches.SelectMany(batch => batch.Entries).Select(entry => entry.Path).Where(path => log.Honest.ContainsKey(path) && !log.Store.IsChanged(path)).ToArray();
        string[] targets = [.. batches.Select(batch => BatchName.Of(batch.Number)), .. listed];
        for (var i = 0; i < 4; i++)
        {
            var copy = await LogCopy.OfAsync(log.Store);
            var (path, other) = (targets[random.Next(targets.Length)], targets[random.Next(targets.Length)]);
            if (random.Next(3) == 0)
                copy.Blobs.Remove(path);
            else if (random.Next(2) == 0 && path != other)
                (copy.Blobs[path], copy.Blobs[other]) = (copy.Blobs[other], copy.Blobs[path]);
            else
                copy.Flip(path, random.Next(copy.Blobs[path].Bytes.Length));
            var report = await LogVerifier.VerifyAsync(copy, await world.VerifyOptionsAsync() with { SavedCheckpoints = [note] }, null, default);
            Assert.True(RandomChange.IsNamed(report, path) || report.Findings.Any(finding => finding.Kind == LogFindingKind.LogMissing), $"'{path}' was changed and is not named:\n{Told(report)}");
        }

        await CutAsync(log, batches[^1], note);
    }

    /// <summary>A batch is deleted in the log itself, and honest hosts go on over it, those that remember it and those that begin anew: either all stands again as it stood, or the saved checkpoint says that it does not.</summary>
    private async Task DeleteBatchAsync()
    {
        var log = world.Primary.At(world.Now);
        var batches = await world.ReadAsync(log);
        if (batches.Count == 0 || log.Checkpoint is not { } note)
            return;
        var path = BatchName.Of(batches[random.Next(batches.Count)].Number);
        log.Store.Delete(path);
        // From now on those who remember and those who do not are of two minds.
        log.IsStalled = true;
        await world.RunAsync(random.Next(3));
        await world.Writers.OperateAsync();
        await world.RecoverAsync(TimeSpan.FromMinutes(100), TimeSpan.FromMinutes(34));
        Assert.True(SavedCheckpoint.TryRead(note, out var saved, out _));
        var again = new CompactRange();
        foreach (var entry in (await world.ReadAsync(log)).SelectMany(batch => batch.Entries).Take((int)saved!.Checkpoint.Size))
            again.Append(entry.LeafHash);
        var report = await LogVerifier.VerifyAsync([new LogShard(new StoreLog(log.Store, 1))], await world.VerifyOptionsAsync() with { SavedCheckpoints = [note] }, null, default);
        Assert.True(report.Findings.Any(finding => OfCut.Contains(finding.Kind)) || (again.Size == saved.Checkpoint.Size && again.Root() == saved.Checkpoint.Root),
            $"'{path}' was deleted and nothing says so:\n{Told(report)}");
    }

    /// <summary>The end of the log is taken away, and all that is left is true: only the saved checkpoint says so.</summary>
    private async Task CutAsync(AttackedLog log, BatchFile last, ReadOnlyMemory<byte> note)
    {
        var copy = await LogCopy.OfAsync(log.Store);
        foreach (var path in copy.Below("log/").Where(path => string.CompareOrdinal(path, BatchName.Of(last.Number)) >= 0).ToList())
            copy.Blobs.Remove(path);
        var report = await LogVerifier.VerifyAsync(copy, await world.VerifyOptionsAsync() with { SavedCheckpoints = [note] }, null, default);
        Assert.True(report.Findings.Any(finding => finding.Kind is LogFindingKind.LogTruncated or LogFindingKind.HistoryRewritten or LogFindingKind.LogMissing), $"The end was cut off, and nothing says so:\n{Told(report)}\n{Encoding.UTF8.GetString(note.Span)}");
    }
}
