namespace Nhi.Governance.Credentials;

/// <summary>One page of a vault's list, and the service's clock as it answered (governance time, UTC).</summary>
public sealed record SecretPage(IReadOnlyList<ListedSecret> Secrets, DateTimeOffset ServiceTime);
