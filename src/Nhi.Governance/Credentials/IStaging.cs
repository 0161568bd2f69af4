namespace Nhi.Governance.Credentials;

/// <summary>
/// Values that we choose, written down under their rotation id before they are set at a provider: a vault of the rotator's own, never beside consumers' secrets.
/// Every method throws <see cref="ExternalCallException"/> when it cannot answer.
/// </summary>
public interface IStaging
{
    /// <summary>The value staged under this rotation, or null when there is none (or it was put away).</summary>
    Task<SecretMaterial?> ReadAsync(string rotation, CancellationToken ct);

    /// <summary>Durable once it returns, with what the staging vault calls it. Staging another value under the same rotation supersedes the first.</summary>
    Task<string> StageAsync(string rotation, CredentialId credential, SecretMaterial value, CancellationToken ct);

    /// <summary>Disables the staged value after its promotion. Nothing to put away is fine.</summary>
    /// <param name="rotation">Whose value.</param>
    /// <param name="only">What <see cref="StageAsync"/> answered, where nobody can have staged another value under this rotation; null looks for all of them.</param>
    /// <param name="ct">Cancels.</param>
    Task PutAwayAsync(string rotation, string? only, CancellationToken ct);
}
