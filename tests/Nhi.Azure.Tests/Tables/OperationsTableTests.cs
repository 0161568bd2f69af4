using Nhi.Azure.Tables;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Azure.Tests.Tables;

public sealed class OperationsTableTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Seen = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private static OperationRow Row(string resource) => new()
    {
        Resource = new ResourceId(resource),
        Owner = "i-1",
        Open = true,
        Fence = 1,
        Lease = TimeSpan.FromSeconds(12.5),
        FirstSeen = Seen,
    };

    private static void AssertSame(OperationRow expected, OperationRow actual)
    {
        Assert.Equal(expected.OpenIntents, actual.OpenIntents);
        Assert.Equal(expected.BackOff, actual.BackOff);
        Assert.Equal(expected with { OpenIntents = [], BackOff = Empty }, actual with { OpenIntents = [], BackOff = Empty });
    }

    private static readonly Dictionary<string, BackOff> Empty = [];

    [Fact]
    public async Task A_row_comes_back_as_it_was_written_with_age_and_the_services_time()
    {
        var (tables, calls) = await azurite.FreshTablesAsync();
        var clock = new GovernanceClock();
        var operations = new OperationsTable(tables, clock);
        var row = Row("/subscriptions/X/StorageAccounts/a") with
        {
            Start = Seen.AddMinutes(1),
            Rotation = "r",
            Op = "op",
            Verb = "rotate",
            Credential = CredentialId.Of("kv1.vault.azure.net", "a"),
            Trigger = "timer 2026",
            Step = "minting",
            SettleUntil = Seen.AddMinutes(11),
            OpenIntents = ["records/2026/03/02/08/080100Z_a_rotate_1-intent_op.json", "b"],
            LastOutcome = "c",
            BackOff = new Dictionary<string, BackOff>
            {
                ["rotate:r"] = new(3, Seen.AddHours(4)),
                ["repair:r"] = new(5, Seen.AddHours(1), new Streak("alike", "BLOCKED", 5, "d", new Roll("e", "op", Seen, 7, "plan", "role-a", 2, Seen.AddMinutes(30)))),
            },
        };

        var written = await operations.TryInsertAsync(row, default);
        var read = await operations.ReadAsync(row.Resource, default);

        AssertSame(row, read.Row!);
        Assert.Equal(written!.ETag, read.ETag);
        Assert.InRange(read.Age, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.InRange(read.ServiceTime, clock.GetUtcNow().AddMinutes(-1), clock.GetUtcNow().AddSeconds(1));
        Assert.Equal(0, read.ServiceTime.UtcTicks % TimeSpan.TicksPerSecond);
        Assert.Equal((1, 1), (calls.Of("table", "put"), calls.Of("table", "get")));
    }

    [Fact]
    public async Task A_row_that_is_not_there_has_a_time_all_the_same()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var clock = new GovernanceClock();

        var read = await new OperationsTable(tables, clock).ReadAsync(new ResourceId("nothing"), default);

        Assert.Null(read.Row);
        Assert.Null(read.ETag);
        Assert.InRange(read.ServiceTime, clock.GetUtcNow().AddMinutes(-1), clock.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task The_services_time_is_governance_time_and_the_age_is_real()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, GovernanceClock.Line(DateTimeOffset.UnixEpoch, TimeSpan.FromDays(-100)));
            var clock = new GovernanceClock(file);
            var (tables, _) = await azurite.FreshTablesAsync();
            var operations = new OperationsTable(tables, clock);
            await operations.TryInsertAsync(Row("x"), default);

            var read = await operations.ReadAsync(new ResourceId("x"), default);

            Assert.InRange(clock.RealNow - read.ServiceTime, TimeSpan.FromDays(100) - TimeSpan.FromSeconds(1), TimeSpan.FromDays(100) + TimeSpan.FromMinutes(1));
            Assert.InRange(read.Age, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Of_sixteen_that_insert_or_replace_at_once_one_wins_and_the_others_get_null()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var operations = new OperationsTable(tables, new GovernanceClock());
        var row = Row("race");

        var inserts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => operations.TryInsertAsync(row, default)));
        var winner = Assert.Single(inserts, reading => reading is not null)!;
        var replaces = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => operations.TryReplaceAsync(row with { Fence = 2, Owner = $"i-{i}" }, winner.ETag!, default)));

        var second = Assert.Single(replaces, reading => reading is not null)!;
        var read = await operations.ReadAsync(row.Resource, default);
        Assert.Equal((second.Row!.Owner, second.ETag), (read.Row!.Owner, read.ETag));
        Assert.Null(await operations.TryReplaceAsync(row, winner.ETag!, default));
        Assert.Null(await operations.TryReplaceAsync(Row("never seen"), winner.ETag!, default));
    }

    [Fact]
    public async Task Long_lists_survive_in_several_columns_and_shrink_again()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var operations = new OperationsTable(tables, new GovernanceClock());
        var row = Row("long") with { OpenIntents = [.. Enumerable.Range(0, 600).Select(i => $"records/2026/03/02/08/080100Z_a_rotate_1-intent_{i:D26}.json")] };

        var written = await operations.TryInsertAsync(row, default);
        AssertSame(row, (await operations.ReadAsync(row.Resource, default)).Row!);
        await operations.TryReplaceAsync(row with { OpenIntents = ["one"] }, written!.ETag!, default);

        Assert.Equal(["one"], (await operations.ReadAsync(row.Resource, default)).Row!.OpenIntents);
    }

    [Fact]
    public async Task Open_rows_and_all_rows_are_listed_without_the_marker()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var operations = new OperationsTable(tables, new GovernanceClock());
        await operations.MarkReadyAsync(default);
        await operations.TryInsertAsync(Row("open"), default);
        await operations.TryInsertAsync(Row("closed") with { Open = false }, default);

        List<string> open = [], all = [];
        await foreach (var reading in operations.ListOpenAsync(default))
        {
            open.Add(reading.Row!.Resource.Value);
            Assert.NotNull(await operations.TryReplaceAsync(reading.Row with { Fence = 2 }, reading.ETag!, default));
        }

        await foreach (var reading in operations.ListAsync(default))
            all.Add(reading.Row!.Resource.Value);

        Assert.Equal(["open"], open);
        Assert.Equal(["closed", "open"], all.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_ready_before_the_marker_is_written_or_without_the_table()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var operations = new OperationsTable(tables, new GovernanceClock());

        Assert.False(await operations.IsReadyAsync(default));
        await operations.MarkReadyAsync(default);
        await operations.MarkReadyAsync(default);
        Assert.True(await operations.IsReadyAsync(default));
        await tables.Table(StateTables.Operations, TableAccess.Watcher).DeleteAsync();
        Assert.False(await operations.IsReadyAsync(default));
    }

    [Fact]
    public async Task A_missing_table_is_an_error_that_says_what_to_do_and_never_a_missing_row()
    {
        var (tables, _) = await azurite.FreshTablesAsync();
        var operations = new OperationsTable(tables, new GovernanceClock());
        await tables.Table(StateTables.Operations, TableAccess.Watcher).DeleteAsync();

        foreach (var call in new Func<Task>[] { () => operations.ReadAsync(new ResourceId("x"), default), () => operations.TryInsertAsync(Row("x"), default), () => operations.TryReplaceAsync(Row("x"), "W/\"x\"", default) })
        {
            var error = await Assert.ThrowsAsync<ExternalCallException>(call);
            Assert.Equal(("TableNotFound", false, false), (error.Code, error.MayHaveHappened, error.Transient));
            Assert.Contains("nhi rebuild", error.Message, StringComparison.Ordinal);
        }
    }
}
