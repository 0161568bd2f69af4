using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>Who begins in the middle of a log reads what they read who began at its beginning (story L5).</summary>
public sealed class LogFollowerTests
{
    private const long Last = RotatedLog.Named + BatchChain.FormerKeyCounts;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<LogFollower?> OpenAsync(RotatedLog log, long next, long? size = null)
    {
        using var past = await log.PastAsync();
        return await LogFollower.OpenAsync(log.Bench.Store, past, next, size ?? log.SizeAt(next), Ct);
    }

    private static async Task<List<bool>> FollowedAsync(RotatedLog log, long from)
    {
        using var follower = await OpenAsync(log, from);
        Assert.NotNull(follower);
        List<bool> valid = [];
        while (await follower.NextAsync(Ct) is { } judgement)
            valid.Add(judgement.IsValid);
        return valid;
    }

    [Theory, InlineData(0), InlineData(1), InlineData(RotatedLog.Named), InlineData(RotatedLog.Named + 1), InlineData(9), InlineData(Last), InlineData(Last + 1), InlineData(Last + 40), InlineData(Last + 42)]
    public async Task L5_A_retired_key_counts_for_a_day_and_no_longer_wherever_one_begins(long from)
    {
        using var log = await RotatedLog.OfAsync(Last);
        await log.AddAsync(log.Old);
        await log.ForgeAsync();
        await log.SquatAsync();
        while (log.Next < Last + 42)
            await log.AddAsync(log.New);
        await log.ForgeAsync();
        // The last batch of the day counts; the first one behind it and the one at the end do not.
        List<bool> expected = [];
        using var whole = new BatchChain(EvidenceBench.Origin, await log.KeysAsync("1"));
        while (await log.Bench.Store.ReadAsync(BatchName.Of(whole.Next), BatchFile.MostBytes, Ct) is { } blob)
            expected.Add(whole.Take(blob.Bytes).IsValid);
        Assert.Equal([(int)Last + 1, (int)Last + 42], expected.Index().Where(one => !one.Item).Select(one => one.Index));
        Assert.Equal(expected[(int)from..], await FollowedAsync(log, from));
    }

    [Fact]
    public async Task L5_What_a_thief_of_a_retired_key_adds_is_not_followed_however_many_files_of_his_come_before()
    {
        using var log = await RotatedLog.OfAsync(Last + 30);
        for (var i = 0; i < 3; i++)
        {
            await log.ForgeAsync();
            Assert.Equal([false], await FollowedAsync(log, log.Next));
            await log.SquatAsync();
        }

        await log.AddAsync(log.New);
        Assert.Equal([true], await FollowedAsync(log, log.Next - 1));
        Assert.Equal([true], (await FollowedAsync(log, log.Next - 4))[^1..]);
    }

    /// <summary>Sixteen files in a row are what is looked at; he put them there long ago.</summary>
    [Fact]
    public async Task L5_A_thief_of_a_retired_key_who_prepared_for_it_is_not_followed_where_its_successor_is_known()
    {
        using var log = await RotatedLog.OfAsync(Last + 5);
        for (var i = 0; i < 16; i++)
        {
            await log.ForgeAsync();
            await log.SquatAsync();
        }

        while (log.Next < Last + 5 + 15 + BatchChain.FormerKeyCounts)
            await log.AddAsync(log.New);
        await log.ForgeAsync();
        Assert.Equal([false], await FollowedAsync(log, log.Next));
        using var past = await log.PastAsync();
        Assert.DoesNotContain(await past.KeysAtAsync(log.Next, Nhi.Evidence.Signing.Es256.KeyId((await log.Old.PublicKeyAsync(Ct)).Span), Ct), key => key.From == 0);
    }

    /// <summary>The batch that names a version which the vault has had for minutes holds records like any other.</summary>
    [Fact]
    public async Task L5_The_batch_that_names_the_next_key_is_followed_by_who_knows_that_key_already()
    {
        using var log = await RotatedLog.OfAsync(RotatedLog.Named + 5);
        foreach (var from in (long[])[0, 1, RotatedLog.Named])
            Assert.DoesNotContain(false, await FollowedAsync(log, from));
    }

    [Fact]
    public async Task L6_A_place_that_the_log_does_not_bear_out_is_refused()
    {
        using var log = await RotatedLog.OfAsync(40);
        Assert.NotNull(await OpenAsync(log, 40));
        foreach (var (next, size) in ((long, long)[])[(40, 39), (41, 40), (41, 41), (30, 40), (0, 1), (-1, 0), (1, -1), (long.MaxValue, 40), (40, long.MaxValue)])
            Assert.Null(await OpenAsync(log, next, size));
        await log.SquatAsync();
        Assert.NotNull(await OpenAsync(log, 41));
        Assert.Null(await OpenAsync(log, 41, 41));
    }

    [Fact]
    public async Task A_place_behind_void_files_and_behind_the_end_of_a_closed_log_is_borne_out()
    {
        using var log = await RotatedLog.OfAsync(6);
        for (var i = 0; i < 200; i++)
            await log.SquatAsync();
        await log.AddAsync(log.New);
        await log.Bench.PutAsync(BatchName.Of(log.Next), await log.Bench.BatchAsync(new BatchFile(EvidenceBench.Origin, log.Next, log.Tree.Size, [], null, Closes: true), log.New));
        var (closed, size) = (log.Next + 1, log.Tree.Size);
        await log.Bench.PutAsync(BatchName.Of(closed), await log.Bench.BatchAsync(new BatchFile(EvidenceBench.Origin, closed, size, [LeafHash.EntryOf("records/2026/11/24/13/x.json", "x"u8)]), log.New));
        Assert.Equal([true, true, false], await FollowedAsync(log, 206));
        using var behind = await OpenAsync(log, closed + 1, size);
        Assert.NotNull(behind);
        using var squatted = await RotatedLog.OfAsync(0);
        await squatted.SquatAsync();
        Assert.NotNull(await OpenAsync(squatted, 1));
    }

    [Fact]
    public async Task The_end_of_a_log_is_found_past_what_a_retired_key_signed()
    {
        using var log = await RotatedLog.OfAsync(Last + 20);
        await log.ForgeAsync();
        using var past = await log.PastAsync();
        Assert.Equal((log.Next + 1, log.Tree.Size), await LogEnd.FindAsync(log.Bench.Store, past, Ct));
    }

    [Fact]
    public async Task Where_one_version_has_signed_for_long_a_place_costs_few_reads()
    {
        using var log = await RotatedLog.OfAsync(Last + 40);
        var reads = 0;
        log.Bench.Store.OnCall = (call, _) =>
        {
            reads += call.Verb == "read" ? 1 : 0;
            return new(StoreFault.None);
        };
        using var past = await log.PastAsync();
        using (await LogFollower.OpenAsync(log.Bench.Store, past, log.Next, log.SizeAt(log.Next), Ct))
            Assert.InRange(reads, 2, 20);
        reads = 0;
        using (await LogFollower.OpenAsync(log.Bench.Store, past, log.Next, log.SizeAt(log.Next), Ct))
            Assert.InRange(reads, 2, 3);
    }
}
