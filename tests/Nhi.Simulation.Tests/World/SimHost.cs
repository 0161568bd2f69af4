using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Coverage;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Use;
using Nhi.Governance.Triggers;

namespace Nhi.Simulation.Tests.World;

/// <summary>One process of the product: the real engine over a wire of its own. A restart is a new one.</summary>
internal sealed class SimHost
{
    public SimHost(SimWorld world, string name)
    {
        Name = name;
        Wire = new Wire(world, name);
        var vault = new SimVault.Client(world, Wire);
        var tables = new SimTables.Client(world, Wire);
        var evidence = new SimEvidence.Client(world, Wire);
        var staging = new SimStaging(world, Wire);
        var fingerprints = new SimFingerprints();
        var kinds = new KindRegistry(SimRotators.All(world, Wire));
        var vaults = new SimVaults(world);
        var subjects = new PolicySubjects(kinds, vaults);
        var policies = new SimPolicies(world);
        var looker = new ResourceLooker(vault, tables, evidence, tables, staging, fingerprints, policies, subjects);
        var steps = new StepRunner(vault, staging, fingerprints, world.Clock, LeaseScale.Full);
        var roles = new SimRoles.Client(world, Wire);
        var reconciler = new Reconciler(vault, staging, fingerprints, evidence, subjects, roles, LeaseScale.Full);
        var pass = new ResourcePass(reconciler, looker, steps, evidence, tables, staging, new SimUse(world), new MintBudget(tables), tables, LeaseScale.Full, NullLogger<ResourcePass>.Instance);
        var rows = new ResourceRows(tables, new InstanceName(name), LeaseScale.Full, world.Clock);
        var neglect = new SimNeglect.Client(world, Wire);
        Findings = new FindingDesk(neglect, evidence);
        Governor = new Governor(vault, policies, subjects, ProductIdentities.None, rows, tables, evidence, pass, new Observations(tables, evidence, subjects, Findings), NullLogger<Governor>.Instance);
        Sweep = new DueSweep(vault, vaults, tables, Governor, new CoverageBook(tables, evidence), NullLogger<DueSweep>.Instance) { MostAtOnce = world.MostAtOnce };
        Rejections = new RejectionBook(tables, evidence, world.Clock);
        Events = new EventIntake(Governor, vaults, Rejections, new SimTables.Announced(world, Wire), world.Clock);
        Debts = new DebtRun(vaults, tables, Governor, NullLogger<DebtRun>.Instance);
        Recovery = new RecoveryRun(tables, rows, evidence, Governor, NullLogger<RecoveryRun>.Instance);
        var removalLooker = new RemovalLooker(vault, policies, subjects, ProductIdentities.None, neglect, neglect, tables, neglect, world.IsHeard);
        var budget = new QuarantineBudget(tables);
        RemovalPass = new RemovalPass(removalLooker, new RemovalRevocation(looker, new SimUse(world)), new RemovalRunner(vault, vault, evidence), reconciler, rows, evidence, neglect, budget, Findings);
        var own = new ProductIdentities([], [], [OwnApplication], []);
        var curtailment = new CurtailmentPass(
            new CurtailmentLooker(vault, tables, policies, subjects, own, neglect, tables, neglect, roles, roles, evidence, world.IsHeard), new CurtailmentRunner(roles, roles, roles, evidence), reconciler, rows, evidence, roles, budget);
        Removals = new RemovalRun(neglect, neglect, vaults, tables, RemovalPass, curtailment, roles, new CoverageBook(tables, evidence), new SimLogger<RemovalRun>(world));
        RemovalRebuild = new RemovalRebuild(vault, evidence, neglect, subjects, budget, roles);
        Rebuild = new TablesRebuild(
            null!, null!, new SimEvidence.Index(world, Wire), evidence, vault, vaults, tables, tables, tables, tables, tables, new NoOwners(), subjects, ProductIdentities.None, rows, Governor, RemovalRebuild, world.Clock,
            _ => Task.CompletedTask);
        Neglect = new NeglectDesk(new OperatorTargets(vault, vaults, subjects, ProductIdentities.None), removalLooker, RemovalPass, new HeldRows(LeaseScale.Full, world.Clock), new CurtailedRoles(roles, evidence));
        Desk = new SimDesk(new OperatorTargets(vault, vaults, subjects, ProductIdentities.None), looker, rows, vault, vaults, tables, fingerprints, evidence, neglect, Governor, new HeldRows(LeaseScale.Full, world.Clock), world.Clock);
    }

    /// <summary>An application of the product's own.</summary>
    public const string OwnApplication = "0a0a0a0a-0000-4000-8000-000000000001";

    public string Name { get; }
    public Wire Wire { get; }
    public Governor Governor { get; }
    public DueSweep Sweep { get; }
    public DebtRun Debts { get; }
    public RecoveryRun Recovery { get; }
    public SimDesk Desk { get; }
    public FindingDesk Findings { get; }
    public RemovalPass RemovalPass { get; }
    public RemovalRun Removals { get; }
    public RemovalRebuild RemovalRebuild { get; }
    public NeglectDesk Neglect { get; }
    public TablesRebuild Rebuild { get; }
    public EventIntake Events { get; }
    public RejectionBook Rejections { get; }

    /// <summary>The vaults in scope.</summary>
    internal sealed class SimVaults(SimWorld world) : IVaultRegistry
    {
        public IReadOnlyList<GovernedVault> All { get; } = [new GovernedVault(SimVault.Host, "")];
        public GovernedVault? Find(string vaultHost) => world.Vault.Left.Contains(vaultHost) ? null : All.FirstOrDefault(vault => vault.Host == vaultHost) ?? vaultHost switch { SimVault.Elsewhere => new GovernedVault(vaultHost, "dev"), SimVault.Second => new GovernedVault(vaultHost, ""), _ => null };
    }

    /// <summary>No person said anything of owners.</summary>
    private sealed class NoOwners : IOwnerBook
    {
        public Task<OwnerEntry?> FindAsync(CredentialId id, CancellationToken ct) => Task.FromResult<OwnerEntry?>(null);
        public IAsyncEnumerable<OwnerEntry> OfVaultAsync(string vaultHost, CancellationToken ct) => AsyncEnumerable.Empty<OwnerEntry>();
        public Task<OwnerEntry> ChangeAsync(CredentialId id, Func<OwnerEntry, OwnerEntry> change, CancellationToken ct) => Task.FromResult(change(new OwnerEntry { Credential = id }));
    }

    private sealed class SimFingerprints : IFingerprints
    {
        public ValueTask<string> OfAsync(SecretMaterial value, CancellationToken ct) => new(SimWorld.Fingerprint(value.Reveal()));
    }

    private sealed class SimPolicies(SimWorld world) : IPolicySource
    {
        public ValueTask<Policy> CurrentAsync(CancellationToken ct) => new(new SimPolicy(world));

        private sealed class SimPolicy(SimWorld world) : Policy
        {
            public override ReadOnlyMemory<byte> Text => default;
            public override string Sha256 => new('0', 64);
            public override EffectivePolicy For(PolicySubject subject) => world.PolicyOf(subject);
        }
    }

    private sealed class SimUse(SimWorld world) : IUseSignal
    {
        public Task<LastUse> LastUseAsync(GovernedResource resource, string handle, IReadOnlyList<SupersededVersion> versions, CancellationToken ct)
        {
            world.UseAsked(versions);
            return world.UseFacts is { } facts ? new UseSignal(facts, world.Clock).LastUseAsync(resource, handle, versions, ct) : Task.FromResult(world.LastUseOf(resource, handle));
        }
    }

    private sealed class SimStaging(SimWorld world, Wire wire) : IStaging
    {
        public Task<SecretMaterial?> ReadAsync(string rotation, CancellationToken ct) => wire.CallAsync("staging.read", false, () => world.Staged.GetValueOrDefault(rotation));
        public async Task<string> StageAsync(string rotation, CredentialId credential, SecretMaterial value, CancellationToken ct)
        {
            await wire.CallAsync("staging.write", true, () => world.Staged[rotation] = value);
            return "1";
        }

        public Task PutAwayAsync(string rotation, string? only, CancellationToken ct) => wire.CallAsync("staging.putaway", true, () => world.Staged.Remove(rotation));
    }
}
