using Microsoft.Extensions.Logging.Abstractions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Operators;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Simulation.Tests.World;

/// <summary>What a person at <c>nhi</c> has: the real desks over the wire of one process.</summary>
internal sealed class SimDesk(
    OperatorTargets targets, ResourceLooker looker, ResourceRows rows, ICredentialVault vault, IVaultRegistry vaults, SimTables.Client tables, IFingerprints fingerprints, IEvidenceLog evidence, IFindings known,
    Governor governor, HeldRows held, TimeProvider clock)
{
    public EmergencyDesk Emergency { get; } = new(vault, targets, fingerprints, evidence, governor, held, NullLogger<EmergencyDesk>.Instance);
    public RollbackDesk Rollback { get; } = new(targets, governor, held);
    public PauseDesk Pauses { get; } = new(tables, vaults, evidence, clock);
    public DebtDesk Debts { get; } = new(targets, looker, tables, evidence);
    public FindingClosing Findings { get; } = new(known, evidence, tables, vaults, clock);
    public AdoptDesk Adopt { get; } = new(targets, looker, rows, vault, tables, fingerprints, evidence, held);
}
