using System.Runtime.CompilerServices;
using Azure;
using Azure.Security.KeyVault.Secrets;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Azure.Vaults;

/// <summary>Azure Key Vault. A tag <c>nhi-environment</c> is the policy's matter; here the vault's own environment says whose identity works.</summary>
public sealed class KeyVaultCredentialVault(VaultClients clients, IVaultRegistry vaults, GovernanceClock clock) : ICredentialVault
{
    public IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct) => ListSecretsAsync(vaultHost, null, ct);

    public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, string? continuation, [EnumeratorCancellation] CancellationToken ct)
    {
        var vault = InScope(vaultHost);
        if (continuation is not null && !IsOf(vault.Host, continuation))
            throw new ExternalCallException($"What was kept of the list of {vault.Host} does not lead to its secrets.", mayHaveHappened: false, transient: false, "ForeignContinuation");
        var call = new ExternalCall($"list the secrets of {vault.Host}", Changes: false);
        await using var pages = clients.Lists(vault.Host).GetPropertiesOfSecretsAsync(ct).AsPages(continuation).GetAsyncEnumerator(ct);
        while (await call.RunAsync(async () => await pages.MoveNextAsync(), ct))
            yield return new SecretPage([.. Listed(vault.Host, pages.Current.Values)], SecretFacts.ServiceTime(pages.Current.GetRawResponse(), clock), pages.Current.ContinuationToken);
    }

    /// <summary>A continuation is an address, and our token goes there: what came out of a table must lead to that vault and nowhere else.</summary>
    private static bool IsOf(string host, string continuation) =>
        Uri.TryCreate(continuation, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.IsDefaultPort && address.UserInfo.Length == 0
        && string.Equals(address.Host, host, StringComparison.OrdinalIgnoreCase) && address.AbsolutePath.TrimEnd('/') is "/secrets";

    private static IEnumerable<ListedSecret> Listed(string host, IReadOnlyList<SecretProperties> secrets)
    {
        foreach (var secret in secrets)
            if (CredentialId.TryOf(host, secret.Name, out var id))
                yield return new ListedSecret(id, SecretFacts.Version(secret) with { Version = "" });
    }

    public async Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct)
    {
        var client = clients.Lists(InScope(id.Vault).Host);
        List<CredentialVersion> versions = [];
        DateTimeOffset? time = null;
        try
        {
            await foreach (var page in client.GetPropertiesOfSecretVersionsAsync(id.Name, ct).AsPages())
            {
                // The first page's clock: whatever changed later is not known yet.
                time ??= SecretFacts.ServiceTime(page.GetRawResponse(), clock);
                versions.AddRange(page.Values.Select(SecretFacts.Version));
            }
        }
        catch (RequestFailedException e) when (e.Status == 404 || IsSoftDeleted(e))
        {
            return new VersionList([], e.GetRawResponse() is { } answer ? SecretFacts.ServiceTime(answer, clock) : clock.GetUtcNow());
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"list the versions of {id}", Changes: false).Classify(e);
        }

        return new VersionList(versions, time ?? clock.GetUtcNow());
    }

    public async Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct)
    {
        var vault = InScope(id.Vault);
        try
        {
            var secret = await clients.Values(vault.Host, vault.Environment).GetSecretAsync(id.Name, version, cancellationToken: ct);
            return new SecretReading(SecretFacts.Version(secret.Value.Properties), new SecretMaterial(secret.Value.Value));
        }
        catch (RequestFailedException e) when (e.Status == 404 || IsSoftDeleted(e))
        {
            return null;
        }
        catch (RequestFailedException e) when (IsDisabled(e))
        {
            return await ReadDisabledAsync(id, version, ct);
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new ExternalCall($"read {id}{(version is null ? "" : $" version {version}")}", Changes: false).Classify(e);
        }
    }

    /// <summary>A disabled version hands out no value, but its facts are in the list.</summary>
    private async Task<SecretReading?> ReadDisabledAsync(CredentialId id, string? version, CancellationToken ct)
    {
        var versions = (await ListVersionsAsync(id, ct)).Versions;
        var facts = version is not null
            ? versions.FirstOrDefault(candidate => candidate.Version == version)
            : versions.Where(candidate => !candidate.Enabled).MaxBy(candidate => candidate.Created);
        return facts is null ? null : new SecretReading(facts, null);
    }

    public async Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct)
    {
        var vault = InScope(id.Vault);
        var secret = new KeyVaultSecret(id.Name, publication.Value.Reveal());
        secret.Properties.ContentType = publication.ContentType;
        secret.Properties.ExpiresOn = publication.Expires;
        secret.Properties.NotBefore = publication.NotBefore;
        foreach (var (name, value) in publication.Tags)
            secret.Properties.Tags[name] = value;
        using var fenced = publication.Fence is { } fence ? FencePolicy.Of(fence) : null;
        var answer = await new ExternalCall($"publish a version of {id}", Changes: true, publication.Value)
            .RunAsync(() => clients.Writes(vault.Host, vault.Environment).SetSecretAsync(secret, ct), ct);
        return SecretFacts.Version(answer.Value.Properties);
    }

    public async Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct)
    {
        var vault = InScope(id.Vault);
        var properties = new SecretProperties(new Uri($"https://{vault.Host}/secrets/{id.Name}/{version}")) { Enabled = update.Enabled, ExpiresOn = update.Expires };
        foreach (var (name, value) in update.Tags)
            properties.Tags[name] = value;
        var answer = await new ExternalCall($"update {id} version {version}", Changes: true)
            .RunAsync(() => clients.Writes(vault.Host, vault.Environment).UpdateSecretPropertiesAsync(properties, ct), ct);
        return SecretFacts.Version(answer.Value);
    }

    private GovernedVault InScope(string host) => vaults.Find(host)
        ?? throw new ExternalCallException($"The vault {host} is not in scope. Add it to Nhi__Vaults, or correct the name.", mayHaveHappened: false, transient: false, "VaultNotInScope");

    private static bool IsDisabled(RequestFailedException e) => e.Status == 403 && Code(e) is "SecretDisabled";

    /// <summary>Soft-deleted, or on the way to or from it: not to be read or set.</summary>
    private static bool IsSoftDeleted(RequestFailedException e) => e.Status == 409 && Code(e) is "ObjectIsDeletedButRecoverable" or "ObjectIsBeingDeleted" or "ObjectIsBeingRecovered";

    private static string? Code(RequestFailedException e) => new ExternalCall("", Changes: false).Classify(e).Code;
}
