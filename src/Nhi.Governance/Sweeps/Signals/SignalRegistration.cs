using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>Registers what judges the estate and who answers for it.</summary>
internal static class SignalRegistration
{
    /// <summary>Needs <see cref="ISweptEstate"/>, <see cref="IUseFacts"/>, <see cref="IOwnerDirectory"/>, <see cref="IOwnerBook"/> and <see cref="IFindings"/>.</summary>
    public static IServiceCollection AddSignals(this IServiceCollection services) => services
        .AddSingleton(provider => new OwnerLook(provider.GetRequiredService<IOwnerBook>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<PolicySubjects>()))
        .AddSingleton(provider => new ValueLook(
            provider.GetRequiredService<ICredentialVault>(), provider.GetRequiredService<IFingerprints>(), provider.GetRequiredService<ISweptEstate>(), provider.GetRequiredService<ILogger<ValueLook>>()))
        .AddSingleton(provider => new SignalViews(
            provider.GetRequiredService<ISweptEstate>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IUseFacts>(), provider.GetRequiredService<PolicySubjects>(),
            provider.GetRequiredService<KindRegistry>(), provider.GetRequiredService<ProductIdentities>(), provider.GetRequiredService<OwnerLook>(), provider.GetRequiredService<IOwnerBook>(),
            provider.GetRequiredService<ValueLook>(), provider.GetRequiredService<IEvidenceLog>()))
        .AddSingleton(provider => new SignalSweep(
            provider.GetRequiredService<ISweptEstate>(), provider.GetRequiredService<IVaultRegistry>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<IFindings>(),
            provider.GetRequiredService<FindingDesk>(), provider.GetRequiredService<CoverageBook>(), provider.GetRequiredService<ICursors>(), provider.GetRequiredService<IOwnerDirectory>(),
            provider.GetRequiredService<SignalViews>(), provider.GetRequiredService<SignalPace>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SignalSweep>>()))
        .AddSingleton(provider => new OwnerDesk(
            provider.GetRequiredService<OperatorTargets>(), provider.GetRequiredService<PolicySubjects>(), provider.GetRequiredService<IPolicySource>(), provider.GetRequiredService<IOwnerDirectory>(),
            provider.GetRequiredService<IOwnerBook>(), provider.GetRequiredService<IInventory>(), provider.GetRequiredService<IEvidenceLog>(), provider.GetRequiredService<TimeProvider>()));
}
