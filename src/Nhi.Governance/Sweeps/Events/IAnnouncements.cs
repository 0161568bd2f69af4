using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Events;

/// <summary>When an event last told of a credential (table <c>Use</c>): how what never arrived is known. Derived; a lost one makes a missed event out of one that arrived. Every method throws <see cref="ExternalCallException"/> when it cannot answer.</summary>
public interface IAnnouncements
{
    /// <summary>An event of that type arrived. <paramref name="now"/>: when, UTC.</summary>
    Task NoteAsync(CredentialId id, string type, DateTimeOffset now, CancellationToken ct);

    /// <summary>Null where none ever arrived.</summary>
    Task<Announced?> FindAsync(CredentialId id, CancellationToken ct);
}

/// <summary>The newest arrival (UTC) of each type; null where there was none.</summary>
public sealed record Announced(DateTimeOffset? NewVersion, DateTimeOffset? NearExpiry);
