using Nhi.Evidence.Index;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Publishing;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Operators;

/// <summary>
/// <c>nhi rebuild</c>: the working tables out of vaults, tags and evidence, since they know nothing that those don't (I13). Rows that are there stay as they are.
/// A row that is made anew counts as held for one lease and as unproven; the marker row, without which nothing has effects, comes last and only when everything could be read.
/// </summary>
public sealed class TablesRebuild
{
    /// <summary>What one sweep after the other moves on.</summary>
    private const string SweepCursor = "sweep-due";

    private readonly IndexRebuild _index;
    private readonly EvidenceSequencing _sequencing;
    private readonly IEvidenceIndex _rows;
    private readonly IEvidenceLog _evidence;
    private readonly ICredentialVault _vault;
    private readonly IVaultRegistry _vaults;
    private readonly IInventory _inventory;
    private readonly IOperations _operations;
    private readonly IDebts _debts;
    private readonly IPauses _pauses;
    private readonly ICursors _cursors;
    private readonly IOwnerBook _owners;
    private readonly PolicySubjects _subjects;
    private readonly ProductIdentities _own;
    private readonly ResourceRows _leases;
    private readonly Governor _governor;
    private readonly RemovalRebuild _removals;
    private readonly TimeProvider _clock;
    private readonly Func<CancellationToken, Task> _makeTables;

    internal TablesRebuild(
        IndexRebuild index, EvidenceSequencing sequencing, IEvidenceIndex rows, IEvidenceLog evidence, ICredentialVault vault, IVaultRegistry vaults, IInventory inventory, IOperations operations,
        IDebts debts, IPauses pauses, ICursors cursors, IOwnerBook owners, PolicySubjects subjects, ProductIdentities own, ResourceRows leases, Governor governor, RemovalRebuild removals, TimeProvider clock, Func<CancellationToken, Task> makeTables) =>
        (_index, _sequencing, _rows, _evidence, _vault, _vaults, _inventory, _operations, _debts, _pauses, _cursors, _owners, _subjects, _own, _leases, _governor, _removals, _clock, _makeTables) =
        (index, sequencing, rows, evidence, vault, vaults, inventory, operations, debts, pauses, cursors, owners, subjects, own, leases, governor, removals, clock, makeTables);

    /// <summary>
    /// Rebuilds the index (when <paramref name="index"/>), then the working tables (when <paramref name="tables"/>). May run while hosts work, and any number of times.
    /// A vault or row that cannot be read is in the report, and keeps the marker from being written. Throws <see cref="ExternalCallException"/> when evidence or tables do not answer.
    /// </summary>
    public async Task<RebuildReport> RunAsync(bool index, bool tables, CancellationToken ct)
    {
        await _makeTables(ct);
        var report = new RebuildReport();
        if (index)
        {
            // What is written and not batched yet is remembered by its batch alone.
            await _sequencing.RunAsync(ct);
            report = report with { Leaves = await _index.RebuildAsync(ct) };
        }

        return tables ? await TablesAsync(report, ct) : report;
    }

    private async Task<RebuildReport> TablesAsync(RebuildReport report, CancellationToken ct)
    {
        var memory = await RememberedAsync(ct);
        var now = _clock.GetUtcNow();
        var failures = new List<string>();
        var resources = new Dictionary<ResourceId, (CredentialId Credential, TimeSpan Lease)>();
        var tagged = new HashSet<CredentialId>();
        var secrets = 0;
        foreach (var governed in _vaults.All)
            secrets += await IsolatedAsync(governed.Host, failures, () => ListAsync(governed.Host, now, resources, tagged, ct));
        var rows = 0;
        foreach (var (resource, (credential, lease)) in resources)
            rows += await IsolatedAsync(resource.ToString(), failures, () => RowAsync(resource, credential, lease, memory.Of(resource), ct));
        var pauses = await memory.PausesAsync(_evidence, now, ct);
        foreach (var pause in pauses)
            await _pauses.SetAsync(pause, ct);
        var holds = await memory.HoldsAsync(_evidence, now, ct);
        foreach (var hold in holds)
            await _debts.ChangeAsync(hold.Resource, hold.Handle, note => note with { Credential = note.Credential ?? hold.Credential, HeldUntil = hold.HeldUntil, HeldBy = hold.HeldBy, HeldWhy = hold.HeldWhy }, ct);
        var removals = 0;
        foreach (var id in tagged.Union(memory.Removals.Keys).Where(id => _vaults.Find(id.Vault) is not null))
            removals += await IsolatedAsync($"the removal of {id}", failures, () => _removals.RebuildAsync(id, memory.Removals.GetValueOrDefault(id) ?? [], ct));
        foreach (var role in memory.Roles.Values.Where(role => !string.IsNullOrWhiteSpace(role.Resource)))
            removals += await IsolatedAsync($"a role of {role.Resource}", failures, () => _removals.RebuildRoleAsync(new ResourceId(role.Resource!), role.Path, ct));
        await _removals.SpentAsync(memory.Quarantined, now, ct);
        foreach (var owner in await memory.OwnersAsync(_evidence, ct))
            await _owners.ChangeAsync(owner.Credential, entry => entry with { Assigned = owner.Assigned, Confirmed = owner.Confirmed }, ct);
        if (await memory.SweptAsync(_evidence, ct) is { } swept && await _cursors.ReadAsync(SweepCursor, ct) is null)
            await _cursors.TryMoveAsync(SweepCursor, swept, null, ct);
        if (failures.Count == 0)
            await _operations.MarkReadyAsync(ct);
        return report with { Secrets = secrets, Rows = rows, Pauses = pauses.Count, Holds = holds.Count, Removals = removals, OpenIntents = memory.OpenIntents, Ready = failures.Count == 0, Failures = failures };
    }

    private async Task<EvidenceMemory> RememberedAsync(CancellationToken ct)
    {
        try
        {
            return await EvidenceMemory.ReadAsync(_rows, ct);
        }
        catch (EvidenceIndexException e)
        {
            throw new ExternalCallException($"The evidence index gave no answer: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }

    /// <summary>Every secret that the vault lists is known, wants a look now, and names its resource; who is known and no longer listed is gone.</summary>
    private async Task<int> ListAsync(string host, DateTimeOffset now, Dictionary<ResourceId, (CredentialId, TimeSpan)> resources, HashSet<CredentialId> tagged, CancellationToken ct)
    {
        var listed = new HashSet<CredentialId>();
        await foreach (var page in _vault.ListSecretsAsync(host, ct))
            foreach (var secret in page.Secrets)
            {
                listed.Add(secret.Id);
                if (secret.Newest.Tags.ContainsKey(RemovalTag.Name))
                    tagged.Add(secret.Id);
                await _governor.ObserveAsync(secret, now, ct);
                if (await _inventory.FindAsync(secret.Id, ct) is { } entry)
                    await _inventory.ObserveAsync(entry with { NextLook = now }, ct);
                if (!secret.Newest.Managed && _subjects.ResourceOf(secret.Id, secret.Newest.Tags, out var resource, out _) is { } rotator && !_own.Owns(secret.Id, resource!.Id))
                    resources.TryAdd(resource.Id, (secret.Id, _leases.LeaseOf(rotator.Kind.SettleWindow)));
            }

        var gone = new List<InventoryEntry>();
        await foreach (var entry in _inventory.OfVaultAsync(host, ct))
            if (!entry.Gone && !listed.Contains(entry.Id))
                gone.Add(entry);
        foreach (var entry in gone)
            await _inventory.ObserveAsync(entry with { Gone = true }, ct);
        return listed.Count;
    }

    /// <summary>A missing row is made as its evidence remembers it: known since then, with the intents that nobody closed, above every fence that a record names.</summary>
    private async Task<int> RowAsync(ResourceId resource, CredentialId credential, TimeSpan lease, EvidenceMemory.ResourceMemory? memory, CancellationToken ct)
    {
        var reading = await _operations.ReadAsync(resource, ct);
        if (reading.Row is not null)
            return 0;
        var row = new OperationRow
        {
            Resource = resource,
            Owner = OperationRow.NobodyYet,
            Open = true,
            Unproven = true,
            Fence = memory?.Fence ?? 0,
            Lease = lease,
            Credential = credential,
            FirstSeen = memory?.FirstSeen ?? reading.ServiceTime,
            OpenIntents = memory?.OpenIntents ?? [],
            Step = "rebuilt",
        };
        return await _operations.TryInsertAsync(row, ct) is null ? 0 : 1;
    }

    private static async Task<int> IsolatedAsync(string what, List<string> failures, Func<Task<int>> part)
    {
        try
        {
            return await part();
        }
        catch (ExternalCallException e)
        {
            failures.Add($"{what}: {e.Message}");
            return 0;
        }
    }
}
