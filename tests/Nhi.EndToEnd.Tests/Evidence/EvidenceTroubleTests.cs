using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Wire;

namespace Nhi.EndToEnd.Tests.Evidence;

/// <summary>
/// Evidence accounts that are down, full, slow or refusing, as unmodified SDK clients see them over HTTPS: no evidence, no effect (I5); and when they are back it goes on by itself.
/// </summary>
public sealed class EvidenceTroubleTests(ITestOutputHelper output)
{
    private static readonly Func<WireRequest, bool> Creates = request => request.Method == "PUT";

    /// <summary>Each in both accounts.</summary>
    private static readonly IReadOnlyList<(string What, Fault Fault)> Troubles =
    [
        ("nobody listens", Fault.Unreachable),
        ("connections break", Fault.Down),
        ("busy", Fault.Refusing(503, "ServerBusy", retryAfter: 1)),
        ("full", Fault.Refusing(507, "InsufficientStorage") with { When = Creates }),
        ("no right to add blobs", Fault.Refusing(403, "AuthorizationPermissionMismatch") with { When = Creates }),
        ("no right at all", Fault.Refusing(403, "InsufficientAccountPermissions")),
        ("a conflict that is none", Fault.Refusing(409, "AccountBeingCreated") with { When = Creates }),
        ("server errors", Fault.Refusing(500, "OperationTimedOut") with { When = Creates }),
    ];

    [Fact]
    public async Task While_no_evidence_can_be_written_nothing_is_minted_published_or_killed_and_afterwards_it_goes_on_by_itself()
    {
        await using var estate = await EstateInTrouble.StartAsync();
        try
        {
            await estate.PassAsync(61);
            await estate.NothingIsDoneAsync(Troubles, LocalProduct.Names);
            await NoTimerDoesAnythingAsync(estate);
            await estate.GoesOnAsync();

            await estate.PassAsync(15);
            await estate.NothingIsPaidAsync([Troubles[1], Troubles[3]]);
            var superseded = LocalProduct.Names.Where(name => name != "generated-app").ToDictionary(name => name, name => estate.Product.VersionsOf(name)[0].Value);
            await estate.RoundsAsync(2);
            foreach (var (name, value) in superseded)
                Assert.False(await estate.Product.OpensAsync(name, value), $"{name}: what was superseded lives on");
            Assert.Empty(await estate.OpenAsync());
            Assert.Empty(await estate.RecordsAsync("nhievidence2"));
        }
        finally
        {
            output.WriteLine(estate.Product.Log);
        }
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_written_leaves_the_row_open_and_the_next_holder_says_what_became_of_it()
    {
        await using var estate = await EstateInTrouble.StartAsync();
        try
        {
            await estate.PassAsync(61);
            estate.Break(Fault.Refusing(507, "InsufficientStorage") with { When = request => request.Method == "PUT" && request.Path.Contains("_2-", StringComparison.Ordinal) });
            await estate.TellAsync(LocalProduct.Names);
            Assert.All(LocalProduct.Names, name => Assert.Equal(2, estate.Product.VersionsOf(name).Count));
            Assert.Equal(LocalProduct.Names.Count, (await estate.OpenAsync()).Count);

            estate.Product.World.Faults.ClearAll();
            await estate.GoesOnAsync();
            Assert.Equal(LocalProduct.Names.Count, (await estate.RecordsAsync("nhievidence")).Count(record => EstateInTrouble.Stage(record) == "reconciled" && record.GetProperty("shown").GetString() == "published"));
        }
        finally
        {
            output.WriteLine(estate.Product.Log);
        }
    }

    [Fact]
    public async Task Answers_that_are_slow_cut_or_lost_cost_time_and_nothing_else()
    {
        await using var estate = await EstateInTrouble.StartAsync();
        try
        {
            await estate.PassAsync(61);
            foreach (var (name, fault) in new[]
            {
                ("entra-app", Fault.LostAnswer() with { When = Creates, Times = 2 }),
                ("storage-app", Fault.CutAnswer() with { Times = 2 }),
                ("pair-app", Fault.Slow(TimeSpan.FromSeconds(1))),
                ("cutover-app", Fault.Refusing(503, "ServerBusy") with { When = Creates, Times = 1 }),
                ("generated-app", Fault.Down with { When = Creates, Times = 1 }),
            })
            {
                estate.Product.World.Faults.Set("evidence", fault);
                Assert.Equal("202", await estate.TellAsync(name));
                Assert.Equal(2, estate.Product.VersionsOf(name).Count);
                estate.Product.World.Faults.ClearAll();
            }

            Assert.Empty(await estate.OpenAsync());
            await estate.GoesOnAsync();
            Assert.DoesNotContain(await estate.RecordsAsync("nhievidence"), record => EstateInTrouble.Stage(record) == "reconciled");
        }
        finally
        {
            output.WriteLine(estate.Product.Log);
        }
    }

    private static async Task NoTimerDoesAnythingAsync(EstateInTrouble estate)
    {
        var before = await estate.LooksAsync();
        estate.Break(Fault.Unreachable);
        Assert.Equal(503, await estate.HealthAsync());
        estate.Break(Fault.Refusing(507, "InsufficientStorage") with { When = Creates });
        await estate.RoundsAsync(1);
        Assert.Equal(before, await estate.LooksAsync());
        estate.Product.World.Faults.ClearAll();
        await Until.IsSoAsync(async () => await estate.HealthAsync() == 200, "the report of a moment ago is asked anew");
        await estate.PassAsync(1);
    }
}
