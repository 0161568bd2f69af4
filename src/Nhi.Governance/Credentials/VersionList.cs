namespace Nhi.Governance.Credentials;

/// <summary>
/// All versions of one secret, in no order, and the service's clock as it answered (governance time, UTC, whole seconds).
/// Empty when the secret does not exist or is soft-deleted.
/// </summary>
public sealed record VersionList(IReadOnlyList<CredentialVersion> Versions, DateTimeOffset ServiceTime);
