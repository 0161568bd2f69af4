using Azure;
using Azure.Security.KeyVault.Secrets;
using Nhi.Azure.Time;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Vaults;

/// <summary>What the SDK says of a secret, in the domain's words.</summary>
internal static class SecretFacts
{
    /// <summary>Attributes are governance time already: the vault's own, or the emulator's, which keeps the same clock.</summary>
    public static CredentialVersion Version(SecretProperties properties) => new()
    {
        Version = properties.Version ?? "",
        Enabled = properties.Enabled ?? true,
        Created = properties.CreatedOn ?? DateTimeOffset.UnixEpoch,
        Updated = properties.UpdatedOn ?? properties.CreatedOn ?? DateTimeOffset.UnixEpoch,
        Expires = properties.ExpiresOn,
        NotBefore = properties.NotBefore,
        ContentType = properties.ContentType,
        Tags = new Dictionary<string, string>(properties.Tags, StringComparer.Ordinal),
        Managed = properties.Managed,
    };

    /// <summary>The answer's <c>Date</c> as governance time, whole seconds; our own clock where an answer has none.</summary>
    public static DateTimeOffset ServiceTime(Response response, GovernanceClock clock) => clock.FromService(response.Headers.Date ?? Floor(clock.RealNow));

    private static DateTimeOffset Floor(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
