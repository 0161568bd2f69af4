using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance;

/// <summary>Registers the domain over the seams that the world implements: vaults, tables, evidence, rotators.</summary>
public static class GovernanceRegistration
{
    public static IServiceCollection AddGovernance(this IServiceCollection services)
    {
        services.TryAddSingleton(ProductIdentities.None);
        services.TryAddSingleton(LeaseScale.Full);
        services.TryAddSingleton<IVaultDiscovery, NoDiscovery>();
        services.TryAddSingleton(new InventoryPace());
        services.TryAddSingleton(new SignalPace());
        return services
            .AddSingleton<PolicySubjects>()
            .AddSingleton<ResourceRows>()
            .AddSingleton<RejectionBook>()
            .AddSingleton<EventIntake>()
            .AddSingleton<HealthWatch>()
            .AddSingleton(provider => new Observations(
                provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<FindingDesk>()))
            .AddSingleton(Pass)
            .AddSingleton(provider => new Governor(
                provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<ProductIdentities>(),
                provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<ResourcePass>(),
                provider.GetRequiredService<Observations>(), provider.GetRequiredService<ILogger<Governor>>()))
            .AddSingleton<CoverageBook>()
            .AddSingleton<FindingDesk>()
            .AddRemoval()
            .AddSingleton<DueSweep>()
            .AddSingleton<ProgressBook>()
            .AddSingleton<InventorySweep>()
            .AddSignals()
            .AddSingleton<DebtRun>()
            .AddSingleton<RecoveryRun>()
            .AddSingleton<AuditWalk>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<DeadLetters>(provider, (Func<Trigger, CancellationToken, Task<GovernReport>>)provider.GetRequiredService<Governor>().HandleAsync))
            .AddSingleton<MissedEvents>()
            .AddSingleton<RealityRun>()
            .AddSingleton<IGovernance, GovernanceTriggers>();
    }

    /// <summary>Over <see cref="Sweeps.Removal.IRemovals"/> and <see cref="Sweeps.Use.IUseFacts"/>, which the world implements.</summary>
    private static IServiceCollection AddRemoval(this IServiceCollection services)
    {
        return services
            .AddSingleton<IQuarantineBudget, QuarantineBudget>()
            .AddSingleton(provider => new RemovalLooker(
                provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<ProductIdentities>(),
                provider.GetRequiredService<IFindings>(), provider.GetRequiredService<IUseFacts>(), provider.GetRequiredService<IPauses>(), provider.GetRequiredService<IOwnerBook>(), IsHeard(provider)))
            .AddSingleton(provider => new RemovalPass(
                provider.GetRequiredService<RemovalLooker>(),
                new RemovalRevocation(Looker(provider), provider.GetRequiredService<IUseSignal>()),
                new RemovalRunner(provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IRetiredSecrets>(), provider.GetRequiredService<IEvidenceLog>()),
                Reconciler(provider),
                provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<IRemovals>(), provider.GetRequiredService<IQuarantineBudget>(), provider.GetRequiredService<FindingDesk>()))
            .AddSingleton(provider => new CurtailmentLooker(
                provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>(),
                provider.GetRequiredService<ProductIdentities>(), provider.GetRequiredService<IFindings>(), provider.GetRequiredService<IPauses>(), provider.GetRequiredService<IRemovals>(),
                provider.GetRequiredService<IOwnerDirectory>(), provider.GetRequiredService<IRoleAssignments>(), provider.GetRequiredService<IEvidenceLog>(), IsHeard(provider)))
            .AddSingleton(provider => new CurtailmentPass(
                provider.GetRequiredService<CurtailmentLooker>(),
                new CurtailmentRunner(provider.GetRequiredService<IRoleAssignments>(), provider.GetRequiredService<IOwnerDirectory>(), provider.GetRequiredService<ICurtailments>(), provider.GetRequiredService<IEvidenceLog>()),
                Reconciler(provider),
                provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<ICurtailments>(), provider.GetRequiredService<IQuarantineBudget>()))
            .AddSingleton(provider => new RemovalRun(
                provider.GetRequiredService<IFindings>(), provider.GetRequiredService<IRemovals>(), provider.GetRequiredService<IVaultRegistry>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<RemovalPass>(),
                provider.GetRequiredService<CurtailmentPass>(), provider.GetRequiredService<ICurtailments>(), provider.GetRequiredService<CoverageBook>(), provider.GetRequiredService<ILogger<RemovalRun>>()))
            .AddSingleton(provider => new RemovalRebuild(
                provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<IRemovals>(), provider.GetRequiredService<PolicySubjects>(),
                provider.GetRequiredService<IQuarantineBudget>(), provider.GetRequiredService<ICurtailments>()));
    }

    /// <summary>Whether what the log says is carried to anybody.</summary>
    private static bool IsHeard(IServiceProvider provider) => provider.GetServices<ISink>().Any() || provider.GetServices<IDigestSink>().Any();

    private static ResourceLooker Looker(IServiceProvider provider) => new(
        provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<IDebts>(),
        provider.GetRequiredService<IStaging>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>());

    private static Reconciler Reconciler(IServiceProvider provider) => new(
        provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IStaging>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<IEvidenceLog>(),
        provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<IRoleAssignments>(), provider.GetRequiredService<LeaseScale>());

    private static ResourcePass Pass(IServiceProvider provider)
    {
        var vault = provider.GetRequiredService<ICredentialVault>();
        var staging = provider.GetRequiredService<IStaging>();
        var fingerprints = provider.GetRequiredService<IFingerprints>();
        var evidence = provider.GetRequiredService<IEvidenceLog>();
        var debts = provider.GetRequiredService<IDebts>();
        var scale = provider.GetRequiredService<LeaseScale>();
        return new ResourcePass(
            Reconciler(provider),
            Looker(provider),
            new StepRunner(vault, staging, fingerprints, provider.GetRequiredService<TimeProvider>(), scale),
            evidence, debts, staging,
            provider.GetRequiredService<IUseSignal>(),
            provider.GetRequiredService<IMintBudget>(),
            provider.GetRequiredService<IPauses>(),
            scale,
            provider.GetRequiredService<ILogger<ResourcePass>>());
    }

    /// <summary>Where all vaults in scope are listed.</summary>
    private sealed class NoDiscovery : IVaultDiscovery
    {
        public Task<string?> DiscoverAsync(DateTimeOffset now, CancellationToken ct) => Task.FromResult<string?>(null);
    }
}
