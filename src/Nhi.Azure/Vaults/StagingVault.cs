using System.Text.RegularExpressions;
using Azure;
using Azure.Security.KeyVault.Secrets;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Settings;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Vaults;

/// <summary>The vault of staged values: the secret <c>nhi-{R}</c> a rotation, which expires soon and is disabled after its promotion.</summary>
public sealed partial class StagingVault(VaultClients clients, NhiSettings settings, GovernanceClock clock) : IStaging
{
    /// <summary>How long a staged value claims to be of use. An expired one can still be read: an attempt that takes longer is not stopped by it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>The tag that names the credential a value is staged for.</summary>
    public const string CredentialTag = "nhi-credential";

    private readonly string _host = settings.StagingVault.Host;

    public async Task<SecretMaterial?> ReadAsync(string rotation, CancellationToken ct)
    {
        var name = Name(rotation);
        try
        {
            var secret = await clients.Own(_host, writes: false).GetSecretAsync(name, cancellationToken: ct);
            return new SecretMaterial(secret.Value.Value);
        }
        catch (RequestFailedException e) when (e.Status == 404 || (e.Status == 403 && Call("read").Classify(e).Code is "SecretDisabled"))
        {
            return null;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw Call("read").Classify(e);
        }

        ExternalCall Call(string verb) => new($"{verb} the staged value {name} in {_host}", Changes: false);
    }

    public async Task<string> StageAsync(string rotation, CredentialId credential, SecretMaterial value, CancellationToken ct)
    {
        var secret = new KeyVaultSecret(Name(rotation), value.Reveal());
        secret.Properties.ExpiresOn = clock.GetUtcNow() + Lifetime;
        secret.Properties.Tags[CredentialTag] = credential.ToString();
        var answer = await new ExternalCall($"stage a value as {secret.Name} in {_host}", Changes: true, value)
            .RunAsync(() => clients.Own(_host, writes: true).SetSecretAsync(secret, ct), ct);
        return answer.Value.Properties.Version;
    }

    /// <summary>Every version, unless there is one only: each may have been set somewhere. What an update does not name stays as it is.</summary>
    public async Task PutAwayAsync(string rotation, string? only, CancellationToken ct)
    {
        var name = Name(rotation);
        var call = new ExternalCall($"put away the staged value {name} in {_host}", Changes: true);
        var versions = only is null ? await call.RunAsync(() => EnabledAsync(name, ct), ct) : [new SecretProperties(new Uri($"https://{_host}/secrets/{name}/{only}"))];
        foreach (var version in versions)
        {
            version.Enabled = false;
            await call.RunAsync(() => clients.Own(_host, writes: true).UpdateSecretPropertiesAsync(version, ct), ct);
        }
    }

    private async Task<List<SecretProperties>> EnabledAsync(string name, CancellationToken ct)
    {
        List<SecretProperties> enabled = [];
        try
        {
            await foreach (var version in clients.Own(_host, writes: false).GetPropertiesOfSecretVersionsAsync(name, ct))
                if (version.Enabled is not false)
                    enabled.Add(version);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return [];
        }

        return enabled;
    }

    private static string Name(string rotation) =>
        RotationPattern().IsMatch(rotation) ? $"nhi-{rotation}" : throw new ArgumentException("A rotation id is 26 characters of lower-case Crockford base32.", nameof(rotation));

    [GeneratedRegex(@"\A[0-9a-hjkmnp-tv-z]{26}\z")]
    private static partial Regex RotationPattern();
}
