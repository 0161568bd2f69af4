using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Nhi.EndToEnd.Tests.LongestFirst))]
// A world waits as often as it works: for whole seconds of the clock, for leases, for requests that follow one another.
[assembly: Parallelization(MaxThreads = 4)]

namespace Nhi.EndToEnd.Tests;

/// <summary>The long classes begin first, else one of them runs alone at the end while the other core is idle.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(Demo.DemoTests), nameof(Cli.EstateCommandTests), nameof(Canary.CanaryTests), "RealKillTests", nameof(Evidence.EvidenceTroubleTests), nameof(Hostile.HostileEventsTests)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is var at && at < 0 ? Long.Length : at)];
}
