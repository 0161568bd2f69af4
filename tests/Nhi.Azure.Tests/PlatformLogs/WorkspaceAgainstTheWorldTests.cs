using Nhi.Azure.Tests.Budgets;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;
using Nhi.Local;
using Nhi.Local.Wire;

namespace Nhi.Azure.Tests.PlatformLogs;

/// <summary>The product's own settings and identities against a vault whose log lies in the archive and in a workspace.</summary>
public sealed class WorkspaceAgainstTheWorldTests : IAsyncLifetime
{
    private static readonly CredentialId Key = CountedEstate.Id("payroll");
    private World _world = null!;
    private CountedProduct _product = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await World.StartAsync(new WorldOptions { Postgres = false, AuditWorkspace = true });
        _product = new CountedProduct(_world, 0.0001);
        Set("first");
        // Governance begins with the first look: what was set before is nobody's to record.
        await ReconcileAsync(6);
        Set("second");
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        await _world.DisposeAsync();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private void Set(string value) => _world.Vault("kv1").SetAs(_world.Identities.Person, "payroll", value, null, new Dictionary<string, string> { ["nhi-kind"] = "generated" });

    private void Read() => _world.Vault("kv1").ReadAs(_world.Identities.Person, "payroll");

    private async Task<RealityReport> ReconcileAsync(double minutes, bool archived = true)
    {
        await _world.Clock.MoveToAsync(_world.Clock.GetUtcNow().AddMinutes(minutes), Ct);
        if (archived)
            await _world.Player.SettleAsync(Ct);
        return await _product.The<RealityRun>().RunAsync(_world.Clock.GetUtcNow(), Ct);
    }

    private async Task<IReadOnlyList<(string Principal, long Reads)>> UseAsync() =>
        await _product.The<IUseFacts>().OfAsync(Key, Ct).Select(fact => (fact.Principal, fact.Reads)).ToListAsync(Ct);

    [Fact]
    public async Task A_read_in_both_places_counts_once_and_a_change_in_both_is_one()
    {
        Read();
        await _world.Clock.MoveToAsync(_world.Clock.GetUtcNow().AddMinutes(1), Ct);
        Read();
        var first = await ReconcileAsync(60);
        var again = await ReconcileAsync(60);

        Assert.Equal([(_world.Identities.Person.ObjectId, 2L)], await UseAsync());
        Assert.True(first.Lines >= 6, "Each place told of two reads and a set.");
        Assert.DoesNotContain(first.Failures.Concat(again.Failures), failure => failure.Contains("workspace", StringComparison.Ordinal));
        var open = await _product.The<IPlatformChanges>().OpenAsync(_world.Clock.GetUtcNow().AddDays(-1), Ct).ToListAsync(Ct);
        Assert.Single(open.Concat(first.Told).Concat(again.Told), change => change.Credential == Key);
    }

    [Fact]
    public async Task The_workspace_alone_is_enough_once_its_rows_are_there()
    {
        Read();
        await ReconcileAsync(_world.Workspace.Lag.TotalMinutes - 1, archived: false);
        Assert.Empty(await UseAsync());
        await ReconcileAsync(2, archived: false);
        Assert.Equal([(_world.Identities.Person.ObjectId, 1L)], await UseAsync());
    }

    [Fact]
    public async Task A_workspace_that_does_not_answer_is_told_and_the_archive_is_read()
    {
        Read();
        _world.Faults.Set("workspace", Fault.Down);
        var report = await ReconcileAsync(60);

        Assert.Contains("kv1.vault.azure.net: its log in the workspace could not be read", report.Failures);
        Assert.Equal([(_world.Identities.Person.ObjectId, 1L)], await UseAsync());
    }
}
