using Nhi.Local.Clock;

namespace Nhi.Local;

/// <summary>What a <see cref="World"/> holds.</summary>
public sealed record WorldOptions
{
    /// <summary>Where the estate is kept between runs (clock, vaults, storage, databases); null = a temporary folder, gone afterwards.</summary>
    public string? EstateFolder { get; init; }

    /// <summary>Vaults in scope and the environment of each; the product's own and the staging vault come by themselves.</summary>
    public IReadOnlyList<(string Name, string Environment)> Vaults { get; init; } = [("kv1", "prod")];

    /// <summary>Vaults that the settings do not list and <c>Nhi__Discovery</c> finds: the environment stands in the vault's tag, empty for none. With any of them, the settings discover the local subscription.</summary>
    public IReadOnlyList<(string Name, string Environment)> Unlisted { get; init; } = [];

    /// <summary>Governance time at which a fresh estate starts, UTC; null = real time (<c>--emulators</c>).</summary>
    public DateTimeOffset? Start { get; init; } = WorldClock.FreshStart;

    /// <summary>Whether there is a PostgreSQL with an owner role for each environment's rotator.</summary>
    public bool Postgres { get; init; } = true;

    /// <summary>What leases are multiplied by in hosts of this world.</summary>
    public double LeaseScale { get; init; } = 0.01;

    /// <summary>Whether hosts of this world read the vaults' logs from the Log Analytics workspace too.</summary>
    public bool AuditWorkspace { get; init; }

    /// <summary>The product's policy, a path; null = the embedded one, which observes.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Lines for a person who waits.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Real time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
