using Nhi.Azure.Tests.Budgets;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Triggers;
using Nhi.Local;
using Nhi.Local.Emulators.Arm;
using Nhi.Local.Emulators.Graph;

namespace Nhi.Azure.Tests.PlatformLogs;

/// <summary>The product at work in the local world, held against what that world's Activity Log and directory audits say of it, and of a person.</summary>
public sealed class RealityAgainstTheWorldTests : IAsyncLifetime
{
    private static readonly CredentialId Key = CountedEstate.Id("data-key"), Secret = CountedEstate.Id("billing-secret");
    private CountedEstate _estate = null!;
    private CountedProduct _product = null!;
    private StorageAccount _account = null!;
    private Application _application = null!;

    public async ValueTask InitializeAsync()
    {
        _estate = await CountedEstate.StartAsync(postgres: false);
        _product = new CountedProduct(World, 0.0001);
        _account = World.AddStorageAccount("contosodata");
        _application = World.Tenant.Add("billing", World.Identities.Rotators["prod"]);
        _estate.Set(Key.Name, _account.Key("key1"), "storage-account-key", _account.ResourceId);
        _estate.Set(Secret.Name, World.Tenant.AddSecret(_application, "by hand").Secret, "entra-app-secret", _application.AppId);
    }

    public async ValueTask DisposeAsync()
    {
        await _product.DisposeAsync();
        await _estate.DisposeAsync();
    }

    private World World => _estate.World;

    /// <summary>What is judged an hour later, at providers.</summary>
    private async Task<IReadOnlyList<PlatformChange>> ToldAsync()
    {
        await World.Clock.MoveToAsync(World.Clock.GetUtcNow().AddHours(1));
        await World.Player.SettleAsync();
        var report = await _product.The<RealityRun>().RunAsync(World.Clock.GetUtcNow(), default);
        Assert.DoesNotContain(report.Failures, failure => failure is "activity-log" or "directory-audits");
        return [.. report.Told.Where(change => change.Kind is ChangeKind.Minted or ChangeKind.Killed)];
    }

    private async Task<int> WorkAsync(int days)
    {
        await World.Clock.MoveToAsync(World.Clock.GetUtcNow().AddDays(days));
        var begun = World.Clock.GetUtcNow();
        foreach (var id in (CredentialId[])[Key, Secret])
            await _product.HandleAsync(id);
        Assert.Empty(await ToldAsync());
        var logged = 0;
        foreach (var source in _product.The<IEnumerable<IChangeSource>>())
            logged += await source.ChangesAsync(begun.AddMinutes(-1), World.Clock.GetUtcNow(), default).CountAsync();
        return logged;
    }

    [Fact]
    public async Task What_the_product_did_is_explained_and_what_a_person_did_is_told_until_somebody_closes_it()
    {
        await _product.The<IGovernance>().SweepInventoryAsync(default);
        await ToldAsync();
        foreach (var id in (CredentialId[])[Key, Secret])
            await _product.HandleAsync(id);
        Assert.True(await WorkAsync(61) >= 2, "The logs say nothing of a rotation.");
        Assert.True(await WorkAsync(30) >= 2, "The logs say nothing of a revocation.");

        World.Arm.RegenerateAs(World.Identities.Person, _account, "key1", "20.1.2.3");
        var added = World.Tenant.AddSecretAs(World.Identities.Person, _application, "mine", "20.1.2.3");
        var told = await ToldAsync();
        Assert.Equal(
            [("entra:" + _application.AppId, added.KeyId), (_account.ResourceId.ToLowerInvariant(), null)],
            told.Select(change => (change.Subject, change.Handle)).OrderByDescending(pair => pair.Handle));
        Assert.All(told, change => Assert.Equal((World.Identities.Person.ObjectId, "20.1.2.3"), (change.Principal, change.Ip)));

        var findings = _product.The<IFindings>();
        var subject = told[0].Subject;
        Assert.Equal(("critical", "payroll"), Assert.Single(await OpenAsync()) is var finding ? (finding.Severity, finding.Owner) : default);
        var closed = await _product.The<FindingClosing>().ResolveAsync(subject, SignalNames.UngovernedChange, OperatorRequest.WithReason("nhi findings resolve", "ada", "INC-7"), default);
        Assert.NotNull(closed.Record);
        Assert.Empty(await OpenAsync());
        Assert.Empty(await ToldAsync());
        Assert.Empty(await OpenAsync());

        async Task<IReadOnlyList<Finding>> OpenAsync() => [.. (await findings.OfAsync(subject, default)).Where(one => one.Signal == SignalNames.UngovernedChange)];
    }
}
