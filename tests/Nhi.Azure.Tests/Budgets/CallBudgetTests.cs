using Nhi.Governance.Rotation;

namespace Nhi.Azure.Tests.Budgets;

/// <summary>What an action costs in calls, of the product as <c>AddNhi</c> makes it, counted by its own pipeline policy over unmodified SDK clients against the local world.</summary>
public sealed class CallBudgetTests(CallBudgets budgets, ITestOutputHelper output)
{
    private const string Marker = "<!-- budgets -->";

    [Fact]
    public async Task An_event_that_needs_nothing_takes_one_list_page_and_two_storage_calls_at_most()
    {
        await budgets.MeasureAsync();
        Assert.Equal(4 * (CountedEstate.Names.Count + 2), budgets.Events.Count);
        Assert.All(budgets.Events, one =>
        {
            Assert.True(one.Counted is { VaultLists: 1, Vault: 1, Storage: <= 2, Providers: 0 }, $"{one.Event}: {one.Counted}");
        });
    }

    [Fact]
    public async Task A_rotation_takes_two_evidence_puts_twelve_table_calls_and_seven_key_vault_calls_at_most()
    {
        await budgets.MeasureAsync();
        Assert.Equal(CountedEstate.Names, budgets.Rotations.Select(one => one.Name));
        Assert.All(budgets.Rotations, one =>
        {
            var (plan, outcome) = Assert.Single(one.Report.Done);
            Assert.Equal(Verbs.Rotate, plan.Verb);
            Assert.IsType<Outcome.Ok>(outcome);
            Assert.True(one.Counted is { EvidencePuts: 2, Tables: <= 12, Vault: <= 7 }, $"{one.Name}: {one.Counted}");
        });
    }

    [Fact]
    public async Task A_sweep_takes_a_list_call_for_25_secrets_and_looks_only_at_what_changed()
    {
        await budgets.MeasureAsync();
        Assert.Equal([(30, 0), (30, 3), (100, 0), (100, 3)], budgets.Sweeps.Select(sweep => (sweep.Secrets, sweep.Changed)));
        Assert.All(budgets.Sweeps, sweep =>
        {
            Assert.True(sweep.Counted.VaultLists == ((sweep.Secrets + 24) / 25) + sweep.Changed, $"{sweep.Secrets}: {sweep.Counted}");
            Assert.True(sweep.Counted.Vault == sweep.Counted.VaultLists && sweep.Counted.Providers == 0, $"{sweep.Secrets}: {sweep.Counted}");
        });

        // What is not listed costs the same, however many secrets there are.
        Assert.Equal(budgets.Sweeps[0].Counted.Storage, budgets.Sweeps[2].Counted.Storage);
        Assert.Equal(budgets.Sweeps[1].Counted.Storage, budgets.Sweeps[3].Counted.Storage);
    }

    [Fact]
    public async Task README_holds_the_numbers_that_were_counted()
    {
        await budgets.MeasureAsync();
        var page = BudgetPage.Write(budgets);
        output.WriteLine(page);
        var parts = File.ReadAllText(Path.Combine(Root(), "README.md")).Split(Marker);
        Assert.True(parts.Length == 3, $"README.md has no section between two lines {Marker}.");
        Assert.True(parts[1].Trim() == page.Trim(), $"README.md's budgets are not what was counted. Put this between its two markers:\n{page}");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NhiFunctions.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run below the repository.");
    }
}
