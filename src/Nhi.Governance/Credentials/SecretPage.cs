namespace Nhi.Governance.Credentials;

/// <summary>
/// One page of a vault's list, and the service's clock as it answered (governance time, UTC). <paramref name="Continuation"/>: where the next page is asked for, the service's own text; null for the last page.
/// </summary>
public sealed record SecretPage(IReadOnlyList<ListedSecret> Secrets, DateTimeOffset ServiceTime, string? Continuation = null);
