using Nhi.EndToEnd.Tests.Cli;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Wire;

namespace Nhi.EndToEnd.Tests.Evidence;

/// <summary>The evidence account takes nothing any more, and its reads go on.</summary>
public sealed class FullAccountTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_begun_cutover_a_repair_an_emergency_and_kills_go_on_at_the_secondary_account_and_rotations_wait() =>
        SecondaryAccountStory.PlayAsync(Fault.Refusing(507, "InsufficientStorage") with { When = request => request.Method == "PUT" }, output);
}

/// <summary>Nobody listens at the evidence account any more: what stands there cannot be read either.</summary>
public sealed class LostAccountTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_begun_cutover_a_repair_an_emergency_and_kills_go_on_at_the_secondary_account_and_rotations_wait() => SecondaryAccountStory.PlayAsync(Fault.Unreachable, output);
}

/// <summary>The evidence account is in trouble and the secondary one takes records: what must not wait goes on there, all else waits (I10).</summary>
internal static class SecondaryAccountStory
{
    public static async Task PlayAsync(Fault fault, ITestOutputHelper output)
    {
        await using var estate = await EstateInTrouble.StartAsync();
        try
        {
            await estate.PassAsync(61);
            await BeginCutoverAsync(estate);
            estate.Product.World.Faults.Set("evidence", fault);
            await RotationsWaitAsync(estate);
            await CutoverIsFinishedAsync(estate);
            await RepairAsync(estate);
            await EmergencyAsync(estate);
            await SequencedAsync(estate);

            estate.Product.World.Faults.ClearAll();
            await estate.PassAsync(1);
            await estate.RoundsAsync(2);
            Assert.All(LocalProduct.Names, name => Assert.True(estate.Product.VersionsOf(name).Count >= 2, $"{name} did not go on"));

            await estate.PassAsync(16);
            estate.Product.World.Faults.Set("evidence", fault);
            await KillsAsync(estate);
            estate.Product.World.Faults.ClearAll();
            await estate.PassAsync(1);
            await estate.RoundsAsync(2);
            await AccountsAsync(estate);
        }
        finally
        {
            output.WriteLine(estate.Product.Log);
        }
    }

    /// <summary>The value is set at the database, and the vault does not take it: from now on consumers are locked out until it is published.</summary>
    private static async Task BeginCutoverAsync(EstateInTrouble estate)
    {
        estate.Product.World.Faults.Set("vault:kv1", Fault.Down with { When = request => request.Method == "PUT" && request.Path.StartsWith("/secrets/cutover-app", StringComparison.Ordinal) });
        Assert.Equal("202", await estate.TellAsync("cutover-app"));
        estate.Product.World.Faults.ClearAll();
        Assert.Single(estate.Product.VersionsOf("cutover-app"));
        Assert.False(await estate.Product.OpensAsync("cutover-app", estate.Value("cutover-app")));
    }

    private static async Task RotationsWaitAsync(EstateInTrouble estate)
    {
        var before = await estate.LooksAsync();
        Assert.Equal("500 500", await estate.TellAsync("pair-app", "generated-app"));
        Assert.Equal(before, await estate.LooksAsync());
    }

    private static async Task CutoverIsFinishedAsync(EstateInTrouble estate)
    {
        await estate.PassAsync(0.1);
        Assert.Equal("202", await estate.TellAsync("cutover-app"));
        Assert.Equal(2, estate.Product.VersionsOf("cutover-app").Count);
        Assert.True(await estate.Product.OpensAsync("cutover-app", estate.Value("cutover-app")));
    }

    /// <summary>Somebody regenerates the key that is published.</summary>
    private static async Task RepairAsync(EstateInTrouble estate)
    {
        estate.Product.Account.Regenerate("key1", estate.Product.World.Clock.GetUtcNow());
        Assert.False(await estate.Product.OpensAsync("storage-app", estate.Value("storage-app")));
        await estate.TellAsync("storage-app");
        Assert.True(await estate.Product.OpensAsync("storage-app", estate.Value("storage-app")));
    }

    private static async Task EmergencyAsync(EstateInTrouble estate)
    {
        var stolen = estate.Value("entra-app");
        await estate.Product.RowsAreFreeAsync();
        var report = (await NhiRun.StartAsync(estate.Product.Settings, "emergency", "entra-app", "--reason", "INC-1", "--by", "ada", "--json")).Exits(0).Json;
        Assert.True(report.GetProperty("ended").GetBoolean());
        Assert.False(await estate.Product.OpensAsync("entra-app", stolen));
        Assert.True(await estate.Product.OpensAsync("entra-app", estate.Value("entra-app")));
    }

    private static async Task KillsAsync(EstateInTrouble estate)
    {
        var superseded = estate.Product.VersionsOf("pair-app")[0].Value;
        Assert.True(await estate.Product.OpensAsync("pair-app", superseded));
        // Timers pay what is owed: an event kills nothing.
        await estate.Product.RowsAreFreeAsync();
        await estate.Product.Host.RunAsync("RevokeDebts");
        Assert.False(await estate.Product.OpensAsync("pair-app", superseded));
    }

    /// <summary>What stands at the secondary account is numbered and signed there while the primary one is lost.</summary>
    private static async Task SequencedAsync(EstateInTrouble estate)
    {
        await estate.Product.Host.RunAsync("SequenceEvidence");
        var batches = new List<string>();
        await foreach (var (_, text) in estate.BlobsAsync("nhievidence2", "log/"))
            batches.Add(text);
        Assert.All(await estate.RecordsAsync("nhievidence2"), record => Assert.Contains(batches, batch => batch.Contains(record.GetProperty("path").GetString()!, StringComparison.Ordinal)));
    }

    /// <summary>An operation is in one account as a whole; the closing of an earlier intent alone may stand in the other one.</summary>
    private static async Task AccountsAsync(EstateInTrouble estate)
    {
        Assert.Empty(await estate.OpenAsync());
        var there = await estate.RecordsAsync("nhievidence2");
        var here = await estate.RecordsAsync("nhievidence");
        Assert.All(there, record => Assert.Equal("secondary", record.GetProperty("location").GetString()));
        Assert.Equal(["emergency", "repair", "revoke", "rotate"], there.Where(record => EstateInTrouble.Stage(record) != "reconciled").Select(record => record.GetProperty("action").GetString()!.Split('.')[1]).Distinct().Order());
        var begun = there.Where(record => EstateInTrouble.Stage(record) == "intent").Select(EstateInTrouble.Op).ToHashSet();
        Assert.DoesNotContain(here, record => begun.Contains(EstateInTrouble.Op(record)));
    }
}
