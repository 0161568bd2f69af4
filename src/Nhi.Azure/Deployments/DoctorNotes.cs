using System.Collections.Concurrent;

namespace Nhi.Azure.Deployments;

/// <summary>What was found so far; from several reads at once.</summary>
internal sealed class DoctorNotes
{
    private readonly ConcurrentBag<Difference> _differences = [];
    private readonly ConcurrentBag<Unread> _unread = [];
    private readonly ConcurrentBag<string> _notCompared = [];

    public void Differs(string resource, string? property, string what, string remedy) => _differences.Add(new Difference(DifferenceKind.Differs, resource, property, what, remedy));

    public void Missing(string resource, string what, string remedy) => _differences.Add(new Difference(DifferenceKind.Missing, resource, null, what, remedy));

    public void Beyond(string resource, string? property, string what, string remedy) => _differences.Add(new Difference(DifferenceKind.Beyond, resource, property, what, remedy));

    public void Unread(Unread one) => _unread.Add(one);

    public void NotCompared(string what) => _notCompared.Add(what);

    /// <summary>Each once: a role that was given above all subscriptions shows in each of them.</summary>
    public DeploymentReport Report(int resources) => new(
        resources,
        [.. _differences.Distinct().OrderBy(one => one.Resource, StringComparer.OrdinalIgnoreCase).ThenBy(one => one.What, StringComparer.Ordinal)],
        [.. _unread.Distinct().OrderBy(one => one.Resource, StringComparer.OrdinalIgnoreCase)],
        [.. _notCompared.Order(StringComparer.Ordinal)]);
}
