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
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Governance;

/// <summary>Registers the domain over the seams that the world implements: vaults, tables, evidence, rotators.</summary>
public static class GovernanceRegistration
{
    public static IServiceCollection AddGovernance(this IServiceCollection services)
    {
        services.TryAddSingleton<IUseSignal, NoUseSignal>();
        services.TryAddSingleton(ProductIdentities.None);
        services.TryAddSingleton(LeaseScale.Full);
        return services
            .AddSingleton<PolicySubjects>()
            .AddSingleton<ResourceRows>()
            .AddSingleton<EventRejections>()
            .AddSingleton(provider => new Observations(provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<PolicySubjects>()))
            .AddSingleton(Pass)
            .AddSingleton(provider => new Governor(
                provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<ProductIdentities>(),
                provider.GetRequiredService<ResourceRows>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<ResourcePass>(),
                provider.GetRequiredService<Observations>(), provider.GetRequiredService<ILogger<Governor>>()))
            .AddSingleton<CoverageBook>()
            .AddSingleton<FindingDesk>()
            .AddSingleton<DueSweep>()
            .AddSingleton<DebtRun>()
            .AddSingleton<RecoveryRun>()
            .AddSingleton<AuditWalk>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<DeadLetters>(provider, (Func<Trigger, CancellationToken, Task>)provider.GetRequiredService<Governor>().HandleAsync))
            .AddSingleton<MissedEvents>()
            .AddSingleton<RealityRun>()
            .AddSingleton<IGovernance, GovernanceTriggers>();
    }

    private static ResourcePass Pass(IServiceProvider provider)
    {
        var vault = provider.GetRequiredService<ICredentialVault>();
        var staging = provider.GetRequiredService<IStaging>();
        var fingerprints = provider.GetRequiredService<IFingerprints>();
        var evidence = provider.GetRequiredService<IEvidenceLog>();
        var debts = provider.GetRequiredService<IDebts>();
        var scale = provider.GetRequiredService<LeaseScale>();
        return new ResourcePass(
            new Reconciler(vault, staging, fingerprints, evidence, scale),
            new ResourceLooker(vault, provider.GetRequiredService<IInventory>(), evidence, debts, staging, fingerprints, provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<PolicySubjects>()),
            new StepRunner(vault, staging, fingerprints, provider.GetRequiredService<TimeProvider>(), scale),
            evidence, debts, staging,
            provider.GetRequiredService<IUseSignal>(),
            provider.GetRequiredService<IMintBudget>(),
            provider.GetRequiredService<IPauses>(),
            scale,
            provider.GetRequiredService<ILogger<ResourcePass>>());
    }

    private sealed class NoUseSignal : IUseSignal
    {
        public Task<LastUse> LastUseAsync(GovernedResource resource, string handle, IReadOnlyList<SupersededVersion> versions, CancellationToken ct) => Task.FromResult(LastUse.NotReported);
    }
}
