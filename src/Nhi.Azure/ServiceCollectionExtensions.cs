using System.Security.Cryptography;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Nhi.Azure.Discovery;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Notices;
using Nhi.Azure.Owners;
using Nhi.Azure.Pipeline;
using Nhi.Azure.PlatformLogs;
using Nhi.Azure.Policies;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Azure.Time;
using Nhi.Azure.Topic;
using Nhi.Azure.Vaults;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Writing;
using Nhi.Governance;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Evidence.Verifying;
using Nhi.Governance.Operations;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Publishing.Notices;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Reality;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Azure;

/// <summary>The one registration that makes the product out of settings: the Functions app, the local host and the CLI all call it and add nothing of their own.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Reads the section <c>Nhi</c> and registers everything that reaches Azure. Throws <see cref="SettingsException"/> with every fault of the settings, before anything is asked.
    /// A registered <see cref="HttpPipelineTransport"/> is used instead of the SDK's own.
    /// </summary>
    public static IServiceCollection AddNhi(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = SettingsReader.Read(configuration);
        services.TryAddSingleton(configuration);
        services.AddSingleton(settings);
        services.AddSingleton(settings.Cloud);
        services.AddSingleton(new GovernanceClock(settings.Clock));
        services.AddSingleton<TimeProvider>(provider => provider.GetRequiredService<GovernanceClock>());
        services.TryAddSingleton<CallCounter>();
        services.AddSingleton(provider => new ClientEquipment(provider.GetRequiredService<CallCounter>(), provider.GetService<HttpPipelineTransport>()));
        services.AddSingleton<AzureIdentities>();
        services.AddSingleton(provider => new CallerIdentity(provider.GetRequiredService<AzureIdentities>(), provider.GetRequiredService<NhiSettings>().Cloud));
        services.AddSingleton<ICredentialSource>(provider => provider.GetRequiredService<AzureIdentities>());
        return services.AddVaults().AddTables().AddEvidence().AddPolicies().AddTopic(settings).AddKinds(settings).AddEvidenceLog(settings).AddPlatformLogs(settings).AddGovernance().AddPeople();
    }

    private static IServiceCollection AddVaults(this IServiceCollection services) => services
        .AddSingleton<VaultClients>()
        .AddSingleton(provider => new VaultRegistry(provider.GetRequiredService<NhiSettings>(), provider.GetRequiredService<DiscoveredVaultsTable>(), TimeProvider.System))
        .AddSingleton<IVaultRegistry>(provider => provider.GetRequiredService<VaultRegistry>())
        .AddSingleton<IVaultDiscovery, VaultDiscovery>()
        .AddSingleton<ICredentialVault, KeyVaultCredentialVault>()
        .AddSingleton<IStaging, StagingVault>()
        .AddSingleton<IRetiredSecrets, RetiredSecrets>()
        .AddSingleton<IFingerprints, VaultFingerprints>();

    private static IServiceCollection AddTables(this IServiceCollection services) => services
        .AddSingleton(provider => StateTables.Of(provider.GetRequiredService<NhiSettings>(), provider.GetRequiredService<AzureIdentities>(), provider.GetRequiredService<ClientEquipment>()))
        .AddSingleton<IOperations, OperationsTable>()
        .AddSingleton<IDebts, DebtsTable>()
        .AddSingleton<IInventory, InventoryTable>()
        .AddSingleton<ISweptEstate, SweptEstateTable>()
        .AddSingleton<DiscoveredVaultsTable>()
        .AddSingleton<IFindings, FindingsTable>()
        .AddSingleton<IOwnerBook, OwnersTable>()
        .AddSingleton<IRemovals, RemovalsTable>()
        .AddSingleton<ICurtailments, CurtailmentsTable>()
        .AddSingleton<CursorsTable>()
        .AddSingleton<IMintBudget, MintBudget>()
        .AddSingleton<IPauses>(provider => provider.GetRequiredService<CursorsTable>())
        .AddSingleton<ICursors>(provider => provider.GetRequiredService<SignedCursors>());

    private static IServiceCollection AddPlatformLogs(this IServiceCollection services, NhiSettings settings) => services
        .AddSingleton<UseTable>()
        .AddSingleton<IUseBook>(provider => provider.GetRequiredService<UseTable>())
        .AddSingleton<IUseFacts>(provider => provider.GetRequiredService<UseTable>())
        .AddSingleton<IUseSignal, UseSignal>()
        .AddSingleton<IPlatformChanges, PlatformChangesTable>()
        .AddSingleton<IAnnouncements, AnnouncementsTable>()
        .AddSingleton<GovernedScopes>()
        .AddSingleton<IChangeSource, ActivityLogChanges>()
        .AddSingleton<IChangeSource, DirectoryAuditChanges>()
        .AddSingleton<IPlatformLog>(provider => new AuditArchive(Watched(provider, new Uri(provider.GetRequiredService<NhiSettings>().Storage.Blobs, AuditArchive.Container), "archive")))
        .AddWorkspace(settings.AuditWorkspace)
        .AddSingleton<IDeadLetters>(provider => new DeadLetterBlobs(
            provider.GetRequiredService<NhiSettings>().Storage.DeadLetters is { } container ? Watched(provider, container, "dead-letters") : null))
        .AddSingleton<IBatchedEvidence>(provider => new BatchedEvidence(
            provider.GetRequiredService<EvidenceAccounts>().FollowedLogs, provider.GetRequiredService<LogPlaces>(), provider.GetRequiredService<Producer>(), provider.GetRequiredService<SignedCursors>()))
        .AddSingleton<IEvidenceHours>(provider => new EvidenceHours(
            [.. new[] { provider.GetRequiredService<EvidenceAccounts>().Primary, provider.GetRequiredService<EvidenceAccounts>().Secondary }.OfType<IEvidenceContainers>()], provider.GetRequiredService<Producer>()));

    private static IServiceCollection AddWorkspace(this IServiceCollection services, string? workspace) => workspace is null
        ? services
        : services.AddSingleton<IPlatformLog>(provider => new WorkspaceLog(workspace, provider.GetRequiredService<AzureRest>(), provider.GetRequiredService<CloudHosts>()));

    /// <summary>A container that others write and the watcher reads.</summary>
    private static BlobContainerClient Watched(IServiceProvider provider, Uri container, string counted) => new(
        container, provider.GetRequiredService<AzureIdentities>().Watcher,
        provider.GetRequiredService<ClientEquipment>().Equip(new BlobClientOptions { Audience = new BlobAudience(provider.GetRequiredService<NhiSettings>().Cloud.StorageAudience) }, counted, resend: true));

    private static IServiceCollection AddEvidence(this IServiceCollection services) => services
        .AddSingleton<EvidenceAccounts>()
        .AddSingleton<ITileStores>(provider => new TileContainers(provider.GetRequiredService<NhiSettings>(), provider.GetRequiredService<AzureIdentities>().Sequencer, provider.GetRequiredService<ClientEquipment>()))
        .AddSingleton<IEvidenceIndex, EvidenceIndexTable>()
        .AddSingleton<IPendingRecords, EvidencePendingTable>();

    private static IServiceCollection AddEvidenceLog(this IServiceCollection services, NhiSettings settings) => services
        .AddSingleton(new LeaseScale(settings.LeaseScale))
        .AddSingleton(new InstanceName($"{ProductVersion.Service}-{CrockfordBase32.Encode(RandomNumberGenerator.GetBytes(8), 10)}"))
        .AddSingleton(provider => new Producer(
            provider.GetRequiredService<EvidenceAccounts>().ProducersKey,
            new ProducerDescription(ProductVersion.Service, ProductVersion.Text, provider.GetRequiredService<InstanceName>().Value, Region: Environment.GetEnvironmentVariable("REGION_NAME")),
            provider.GetRequiredService<EvidenceAccounts>().ProducersKeys))
        .AddSingleton(provider => new EvidenceWriter(
            provider.GetRequiredService<EvidenceAccounts>().Primary, provider.GetRequiredService<EvidenceAccounts>().Secondary, provider.GetRequiredService<Producer>(),
            provider.GetRequiredService<IPendingRecords>(), provider.GetRequiredService<GovernanceClock>(), TimeProvider.System, Patience(settings.LeaseScale)))
        .AddSingleton<IEvidenceLog>(provider => new EvidenceLog(
            provider.GetRequiredService<EvidenceWriter>(), provider.GetRequiredService<EvidenceAccounts>().Primary, provider.GetRequiredService<EvidenceAccounts>().Secondary,
            provider.GetRequiredService<Producer>(), provider.GetRequiredService<IEvidenceIndex>(), TimeProvider.System, provider.GetRequiredService<ILogger<EvidenceLog>>()))
        .AddSingleton(provider => new EvidenceSequencing(
            provider.GetRequiredService<EvidenceAccounts>().Accounts,
            provider.GetRequiredService<EvidenceAccounts>().LogKeys, provider.GetRequiredService<Producer>(), provider.GetRequiredService<IPendingRecords>(),
            provider.GetRequiredService<IEvidenceIndex>(), provider.GetRequiredService<GovernanceClock>(), provider.GetRequiredService<ILogger<EvidenceSequencing>>(), provider.GetRequiredService<ITileStores>(),
            provider.GetRequiredService<IPolicySource>()))
        .AddSingleton<IContainerPolicyState, ContainerPolicies>()
        .AddSingleton<VerifiedFindings>()
        .AddSingleton(provider => new EvidenceVerification(
            provider.GetRequiredService<EvidenceAccounts>().Logs, provider.GetRequiredService<EvidenceAccounts>().LogKeys, provider.GetRequiredService<EvidenceAccounts>().ProducersKeys,
            provider.GetRequiredService<ITileStores>(), provider.GetRequiredService<IContainerPolicyState>(), provider.GetRequiredService<IPendingRecords>(), provider.GetRequiredService<SignedCursors>(), provider.GetRequiredService<VerifiedFindings>(),
            provider.GetRequiredService<CoverageBook>(), provider.GetRequiredService<GovernanceClock>(), provider.GetRequiredService<ILogger<EvidenceVerification>>()))
        .AddSingleton(provider => new SignedCursors(provider.GetRequiredService<CursorsTable>(), provider.GetRequiredService<Producer>(), provider.GetRequiredService<ILogger<SignedCursors>>()))
        .AddSingleton<Receipts>()
        .AddTransient(provider => new LogPlaces(provider.GetRequiredService<EvidenceAccounts>().LogKeys, provider.GetRequiredService<ILogger<LogPlaces>>()))
        .AddSingleton(provider => new Publisher(
            provider.GetRequiredService<EvidenceAccounts>().FollowedLogs, provider.GetRequiredService<LogPlaces>(), provider.GetRequiredService<Producer>(),
            provider.GetRequiredService<SignedCursors>(), provider.GetServices<ISink>(), provider.GetRequiredService<Receipts>(), provider.GetRequiredService<ILogger<Publisher>>()))
        .AddSingleton(provider => new NoticeRun(
            provider.GetRequiredService<EvidenceAccounts>().FollowedLogs, provider.GetRequiredService<LogPlaces>(), provider.GetRequiredService<Producer>(),
            provider.GetRequiredService<SignedCursors>(), provider.GetServices<IDigestSink>(), provider.GetRequiredService<Receipts>(), provider.GetRequiredService<GovernanceClock>(), provider.GetRequiredService<ILogger<NoticeRun>>()));

    /// <summary>As leases are scaled, so is the time that an intent may take while a row is held, down to what a lost answer needs to be asked again.</summary>
    private static WriterOptions Patience(double leaseScale)
    {
        var full = new WriterOptions();
        return leaseScale >= 1 ? full : full with { GiveUpIntent = Scaled(full.GiveUpIntent, leaseScale, 2), GiveUpOutcome = Scaled(full.GiveUpOutcome, leaseScale, 4) };
    }

    private static TimeSpan Scaled(TimeSpan full, double scale, int leastSeconds) => TimeSpan.FromSeconds(Math.Max(full.TotalSeconds * scale, leastSeconds));

    private static IServiceCollection AddPeople(this IServiceCollection services) => services
        .AddSingleton(provider => new IndexRebuild(
            provider.GetRequiredService<EvidenceAccounts>().Logs,
            provider.GetRequiredService<EvidenceAccounts>().LogKeys, provider.GetRequiredService<Producer>(), provider.GetRequiredService<IEvidenceIndex>()))
        .AddSingleton(provider => new TilesRebuild(
            provider.GetRequiredService<EvidenceAccounts>().Logs,
            provider.GetRequiredService<EvidenceAccounts>().LogKeys, provider.GetRequiredService<ITileStores>(), provider.GetRequiredService<GovernanceClock>()))
        .AddOperators((provider, ct) => provider.GetRequiredService<StateTables>().EnsureTablesAsync(ct));

    private static IServiceCollection AddPolicies(this IServiceCollection services) => services
        .AddSingleton(provider => PolicySources.Own(provider.GetRequiredService<NhiSettings>()))
        .AddSingleton(provider => PolicySources.Of(
            provider.GetRequiredService<NhiSettings>(), provider.GetRequiredService<AzureIdentities>(), provider.GetRequiredService<ClientEquipment>(), provider.GetRequiredService<GovernanceClock>()));

    private static IServiceCollection AddTopic(this IServiceCollection services, NhiSettings settings)
    {
        if (settings.Topic is { } topic)
            services.AddSingleton<ISink>(provider => new EventGridTopicPublisher(topic, provider.GetRequiredService<AzureIdentities>().Watcher, provider.GetRequiredService<ClientEquipment>()));
        foreach (var webhook in settings.Webhooks)
            services.AddSingleton<IDigestSink>(provider => new Webhook(webhook, settings.ProductVault.Host, provider.GetRequiredService<VaultClients>(), provider.GetRequiredService<ClientEquipment>(), TimeProvider.System));
        return services;
    }

    private static IServiceCollection AddKinds(this IServiceCollection services, NhiSettings settings)
    {
        services.TryAddSingleton(CloudHosts.Of(settings.Cloud.AzureName));
        return services.AddNhiRotators().AddSingleton<IOwnerDirectory, AzureOwnerDirectory>().AddSingleton<IRoleAssignments, RoleAssignments>();
    }
}
