namespace Nhi.Governance.Operations;

/// <summary>What a person paused: everything (<c>*</c>), a vault's host, or one credential id. Rows in <c>Cursors</c>, with the record that says who and why.</summary>
public interface IPauses
{
    /// <summary>The pauses that are in force. Throws <see cref="Credentials.ExternalCallException"/>.</summary>
    Task<IReadOnlyList<Pause>> CurrentAsync(CancellationToken ct);

    Task SetAsync(Pause pause, CancellationToken ct);

    /// <summary>True when there was one.</summary>
    Task<bool> LiftAsync(string scope, CancellationToken ct);
}

/// <summary><paramref name="Scope"/>: <c>*</c>, a vault's host or a credential id; <paramref name="Until"/>: UTC, null = until lifted.</summary>
public sealed record Pause(string Scope, string By, string Reason, DateTimeOffset Since, DateTimeOffset? Until, string? Record)
{
    /// <summary>Whether it binds that credential at that instant, UTC.</summary>
    public bool Covers(Credentials.CredentialId id, DateTimeOffset now) => (Until is null || Until > now) && (Scope == "*" || Scope == id.Vault || Scope == id.ToString());
}
