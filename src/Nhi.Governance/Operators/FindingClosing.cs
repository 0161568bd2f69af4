using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Operators;

/// <summary>
/// <c>nhi findings resolve</c>: a person says that he dealt with what happened. Only for signals that no look can judge as over: what a sweep sees is over when the sweep no longer sees it.
/// The record comes first; the same command again is right where the table did not answer.
/// </summary>
public sealed class FindingClosing(IFindings findings, IEvidenceLog evidence, IInventory inventory, IVaultRegistry vaults, TimeProvider clock)
{
    /// <summary>
    /// <paramref name="name"/>: the finding's subject or key. Throws <see cref="OperatorRefusedException"/> where there is no such open finding or a sweep judges it, <see cref="EvidenceRefusedException"/>, <see cref="ExternalCallException"/>.
    /// </summary>
    public async Task<Finding> ResolveAsync(string name, string signal, OperatorRequest request, CancellationToken ct)
    {
        if (!SignalNames.ClosedByPeople.Contains(signal, StringComparer.Ordinal))
            throw new OperatorRefusedException($"A sweep says when {signal} is over: mend it, and it goes away. By hand are closed: {string.Join(", ", SignalNames.ClosedByPeople)}.");
        var subject = name.Trim();
        var found = (await findings.OfAsync(subject, ct)).FirstOrDefault(finding => finding.Signal == signal)
            ?? await findings.ListAsync(resolved: false, ct).FirstOrDefaultAsync(finding => finding.Signal == signal && (finding.Key.Equals(subject, StringComparison.OrdinalIgnoreCase) || finding.Subject.Equals(subject, StringComparison.OrdinalIgnoreCase)), ct)
            ?? throw new OperatorRefusedException($"No finding {signal} about that is open. nhi findings --signal {signal} lists those that are.");
        var now = OperatorRecords.Whole(clock.GetUtcNow());
        var record = OperatorRecords.Of("resolve", $"finding\n{found.Key}", request, now, $"{request.By} says that {found.Signal} of {found.Subject} is dealt with{OperatorRecords.Because(request)}.", found.Credential) with
        {
            Action = "finding.resolve",
            Owner = found.Owner is { } owner ? new OwnerFacts("principal", owner) : null,
            Resource = found.Resource is { } resource ? new ResourceFacts(resource.Value) : null,
            Finding = new FindingFacts(found.Signal, found.Severity, found.Remedy, found.Facts, Score: found.Score),
            Controls = ControlsServed.BySignal(found.Signal),
        };
        var written = await evidence.WriteAsync(record, default, ct);
        var closed = found with { Resolved = now, Record = written.Path };
        if (signal == SignalNames.VaultLeft)
            await LetGoAsync(found.Subject, ct);
        await findings.WriteAsync(closed, ct);
        return closed;
    }

    /// <summary>Nothing waits for the secrets of a vault that left any more; one that comes back is seen anew.</summary>
    private async Task LetGoAsync(string host, CancellationToken ct)
    {
        if (vaults.Find(host) is not null)
            return;
        List<InventoryEntry> left = [];
        await foreach (var entry in inventory.OfVaultAsync(host, ct))
            if (!entry.Gone)
                left.Add(entry);
        foreach (var entry in left)
            await inventory.ObserveAsync(entry with { Gone = true }, ct);
    }
}
