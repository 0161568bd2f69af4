namespace Nhi.Governance.Credentials;

/// <summary>
/// All versions of one secret, in no order, and the service's clock as it answered (governance time, UTC, whole seconds).
/// Empty when the secret does not exist or is soft-deleted.
/// </summary>
public sealed record VersionList(IReadOnlyList<CredentialVersion> Versions, DateTimeOffset ServiceTime)
{
    /// <summary>The same with a version as something fresher than the list shows it.</summary>
    public VersionList With(CredentialVersion fresh) => this with { Versions = [.. Versions.Where(version => version.Version != fresh.Version), fresh] };
}
