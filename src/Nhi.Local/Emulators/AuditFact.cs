namespace Nhi.Local.Emulators;

/// <summary>One line of what Azure would write into its own logs about a call, AuditEvent's fields.</summary>
/// <param name="Time">Governance time.</param>
/// <param name="Resource">Vault, account or application.</param>
/// <param name="Operation">As <c>SecretGet</c>, <c>KeySign</c>, <c>storageAccounts/regenerateKey</c>.</param>
/// <param name="Id">The versioned URI or resource id; null for lists.</param>
/// <param name="Caller">Name of the identity; null when nobody was recognised.</param>
/// <param name="ObjectId">The caller's <c>oid</c>.</param>
/// <param name="Status">HTTP status.</param>
public sealed record AuditFact(
    DateTimeOffset Time, string Resource, string Operation, string? Id, string? Caller, string? ObjectId, int Status)
{
    /// <summary>The request's id: the same wherever the line is written to.</summary>
    public string Correlation { get; init; } = WorldNames.NewId();
}
