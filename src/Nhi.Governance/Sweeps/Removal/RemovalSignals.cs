using Nhi.Governance.Sweeps.Findings;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>
/// Which findings lead to a removal. Nobody uses it (<c>never-used</c>, <c>unused</c>) or there is nothing left to use it on or by (<c>resource-gone</c>, <c>workload-gone</c>): each is enough by itself.
/// <c>no-owner</c> and <c>owner-left</c> only add weight: what nobody owns may be in use every minute, and is somebody's outage. Every other signal asks for a repair, not for an end
/// (<c>over-privileged</c>, <c>reused-value</c>), or is about something that no vault holds (<c>shadow</c>).
/// </summary>
public static class RemovalSignals
{
    private static readonly HashSet<string> _leading = [SignalNames.NeverUsed, SignalNames.Unused, SignalNames.ResourceGone, SignalNames.WorkloadGone];
    private static readonly HashSet<string> _weight = [SignalNames.NoOwner, SignalNames.OwnerLeft];

    public static bool Leads(string signal) => _leading.Contains(signal);

    /// <summary>Those of a credential's open findings that speak for its removal, the leading ones first; none where none leads.</summary>
    public static IReadOnlyList<Finding> Of(IEnumerable<Finding> open)
    {
        var known = open.ToList();
        return known.Any(finding => Leads(finding.Signal))
            ? [.. known.Where(finding => Leads(finding.Signal) || _weight.Contains(finding.Signal)).OrderBy(finding => Leads(finding.Signal) ? 0 : 1).ThenByDescending(finding => finding.Score).ThenBy(finding => finding.Signal, StringComparer.Ordinal)]
            : [];
    }
}
