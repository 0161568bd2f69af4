using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Index;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Operators;

/// <summary>Registers what people do, over the same seams as the engine.</summary>
public static class OperatorRegistration
{
    /// <summary>Adds the desks. <see cref="TablesRebuild"/> also needs an <see cref="IndexRebuild"/>, an <see cref="EvidenceSequencing"/> and an <see cref="IEvidenceIndex"/> to be registered.</summary>
    /// <param name="services">Where <see cref="GovernanceRegistration.AddGovernance"/> registered the engine.</param>
    /// <param name="makeTables">Makes the tables that are missing.</param>
    public static IServiceCollection AddOperators(this IServiceCollection services, Func<IServiceProvider, CancellationToken, Task> makeTables) => services
        .AddSingleton(provider => new OperatorTargets(provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IVaultRegistry>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<ProductIdentities>()))
        .AddSingleton(provider => new HeldRows(provider.GetRequiredService<LeaseScale>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(Looker)
        .AddSingleton(provider => new EmergencyDesk(
            provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<IEvidenceLog>(),
            provider.GetRequiredService<Governor>(), provider.GetRequiredService<HeldRows>(), provider.GetRequiredService<ILogger<EmergencyDesk>>()))
        .AddSingleton(provider => new RollbackDesk(provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<Governor>(), provider.GetRequiredService<HeldRows>()))
        .AddSingleton<PauseDesk>()
        .AddSingleton<FindingClosing>()
        .AddSingleton(provider => new NeglectDesk(
            provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<RemovalLooker>(), provider.GetRequiredService<RemovalPass>(), provider.GetRequiredService<HeldRows>(),
            new CurtailedRoles(provider.GetRequiredService<ICurtailments>(), provider.GetRequiredService<IEvidenceLog>())))
        .AddSingleton(provider => new DebtDesk(provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<ResourceLooker>(), provider.GetRequiredService<IDebts>(), provider.GetRequiredService<IEvidenceLog>()))
        .AddSingleton(provider => new AdoptDesk(
            provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<ResourceLooker>(), provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<ICredentialVault>(),
            provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<HeldRows>()))
        .AddSingleton(provider => new TablesRebuild(
            provider.GetRequiredService<IndexRebuild>(), provider.GetRequiredService<EvidenceSequencing>(), provider.GetRequiredService<IEvidenceIndex>(), provider.GetRequiredService<IEvidenceLog>(),
            provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IVaultRegistry>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IOperations>(),
            provider.GetRequiredService<IDebts>(), provider.GetRequiredService<IPauses>(), provider.GetRequiredService<ICursors>(), provider.GetRequiredService<IOwnerBook>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<ProductIdentities>(),
            provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<Governor>(), provider.GetRequiredService<RemovalRebuild>(), provider.GetRequiredService<TimeProvider>(), ct => makeTables(provider, ct)));

    private static ResourceLooker Looker(IServiceProvider provider) => new(
        provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<IDebts>(),
        provider.GetRequiredService<IStaging>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>());
}
