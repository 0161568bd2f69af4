using Nhi.Governance.Credentials;
using Nhi.Governance.Publishing;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>Where the inventory's cursors are kept: one for the run, one a vault. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public sealed class ProgressBook(ICursors cursors)
{
    private const string RunName = "inventory.run";

    /// <summary>A run or a list that is older is not gone on with: it says too little about now.</summary>
    internal static readonly TimeSpan MostAge = TimeSpan.FromDays(1);

    /// <summary>Null where no sweep has come to that vault yet.</summary>
    public async Task<VaultProgress?> OfAsync(string vaultHost, CancellationToken ct) =>
        (await cursors.ReadAsync(Name(vaultHost), ct)) is { } cursor ? VaultProgress.TryParse(cursor.Value) : null;

    internal async Task<VaultCursor> OpenAsync(string vaultHost, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(Name(vaultHost), ct);
        return new VaultCursor(cursors, Name(vaultHost), cursor, cursor is null ? null : VaultProgress.TryParse(cursor.Value));
    }

    /// <summary>The run to go on with, or a new one; null when somebody else began one at this moment.</summary>
    internal async Task<InventoryRun?> BeginAsync(DateTimeOffset now, CancellationToken ct)
    {
        var cursor = await cursors.ReadAsync(RunName, ct);
        var last = cursor is null ? null : InventoryRun.TryParse(cursor.Value);
        if (last is { Finished: false } && last.Started <= now && now - last.Started < MostAge)
            return last;
        var next = new InventoryRun((last?.Number ?? 0) + 1, now, Finished: false);
        return await cursors.TryMoveAsync(RunName, next.ToText(), cursor, ct) is null ? null : next;
    }

    /// <summary>Where another one began a run meanwhile, that one stays.</summary>
    internal async Task EndAsync(InventoryRun run, CancellationToken ct)
    {
        if (await cursors.ReadAsync(RunName, ct) is { } cursor && InventoryRun.TryParse(cursor.Value) == run)
            await cursors.TryMoveAsync(RunName, (run with { Finished = true }).ToText(), cursor, ct);
    }

    private static string Name(string vaultHost) => $"inventory.{vaultHost.ToLowerInvariant()}";
}

/// <summary>One vault's cursor as this process read or moved it last.</summary>
internal sealed class VaultCursor(ICursors cursors, string name, Cursor? cursor, VaultProgress? progress)
{
    private Cursor? _cursor = cursor;

    /// <summary>Null where there is none, or none that can be read.</summary>
    public VaultProgress? Progress { get; private set; } = progress;

    /// <summary>Throws <see cref="ExternalCallException"/> when another sweep works on this vault: one of the two has to stop.</summary>
    public async Task MoveAsync(VaultProgress to, CancellationToken ct)
    {
        _cursor = await cursors.TryMoveAsync(name, to.ToText(), _cursor, ct)
            ?? throw new ExternalCallException("Another sweep is at work on this vault; this one leaves it.", mayHaveHappened: false, transient: true, "Contended");
        Progress = to;
    }
}
