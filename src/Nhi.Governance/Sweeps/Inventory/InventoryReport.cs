using System.Collections.Concurrent;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>What one run of the inventory saw. Safe for concurrent use.</summary>
public sealed class InventoryReport
{
    private readonly ConcurrentQueue<string> _failures = new();
    private int _listed, _changed, _gone, _asked, _notLooked;

    /// <summary>Secrets that lists showed, in the vaults that were finished with.</summary>
    public int Listed => _listed;

    /// <summary>New or changed: their versions were read.</summary>
    public int Changed => _changed;
    public int Gone => _gone;

    /// <summary>Resources that were asked after at their provider.</summary>
    public int Asked => _asked;

    /// <summary>Of those, whose provider refuses the watcher: nobody looks at them, and that is no failure of the run.</summary>
    public int NotLooked => _notLooked;

    /// <summary>Vaults, credentials and resources that could not be finished with: the run was partial.</summary>
    public IReadOnlyList<string> Failures => [.. _failures.Order(StringComparer.Ordinal)];
    public bool IsPartial => !_failures.IsEmpty;

    /// <summary>True when another instance began a run at the same moment: this one did nothing.</summary>
    public bool Elsewhere { get; internal init; }

    internal void Add(string host, VaultProgress progress)
    {
        Interlocked.Add(ref _listed, progress.Listed);
        Interlocked.Add(ref _changed, progress.Changed);
        Interlocked.Add(ref _gone, progress.Gone);
        foreach (var name in progress.Failed)
            Fail($"kv:{host}/{name}");
        if (progress.GoneUnseen)
            Fail($"{host}: what is gone");
    }

    internal void Fail(string what) => _failures.Enqueue(what);

    internal void Asks() => Interlocked.Increment(ref _asked);

    internal void IsNotLooked() => Interlocked.Increment(ref _notLooked);
}
