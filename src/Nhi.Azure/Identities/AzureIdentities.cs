using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;
using Nhi.Azure.Rest;
using Nhi.Azure.Settings;

namespace Nhi.Azure.Identities;

/// <summary>
/// The product's identities by what they are for: one app may hold them all, the code asks for each by name.
/// A client id in the settings means that user-assigned managed identity. Without one: the app's own managed identity where there is one (<c>IDENTITY_ENDPOINT</c>),
/// else the service principal of <c>AZURE_TENANT_ID</c>, <c>AZURE_CLIENT_ID</c>, <c>AZURE_CLIENT_SECRET</c>, else whoever is signed in to the Azure CLI (an operator).
/// </summary>
public sealed class AzureIdentities : ICredentialSource
{
    private readonly IdentitySettings _settings;
    private readonly AzureCloud _cloud;
    private readonly Func<string, string?> _environment;
    private readonly Func<string?, TokenCredential> _make;
    private readonly ConcurrentDictionary<string, Lazy<TokenCredential>> _made = new(StringComparer.OrdinalIgnoreCase);

    public AzureIdentities(NhiSettings settings) : this(settings, System.Environment.GetEnvironmentVariable, null) { }

    /// <param name="settings">Client ids and cloud.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="make">Makes a credential of a client id (null: none is set); for tests.</param>
    internal AzureIdentities(NhiSettings settings, Func<string, string?> environment, Func<string?, TokenCredential>? make)
    {
        (_settings, _cloud, _environment) = (settings.Identities, settings.Cloud, environment);
        _make = make ?? Make;
        // Whose right reaches the product's own vaults and the staged values: `staging` where it is set apart, else the rotator of the first vault.
        OwnEnvironment = _settings.Rotators.ContainsKey(StagingName) ? StagingName
            : settings.Vaults.Count > 0 ? settings.Vaults[0].Environment
            : settings.Discovery?.Environment ?? StagingName;
    }

    /// <summary>The name under <c>Nhi__Identities__Rotators</c> that means the product's and the staging vault's values, where an identity of their own is wanted.</summary>
    public const string StagingName = "staging";

    /// <summary>Metadata and lists of the vaults; the tables but the evidence index.</summary>
    public TokenCredential Watcher => Of(_settings.Watcher);

    /// <summary>Creates records in the evidence container, signs with the key of the producers.</summary>
    public TokenCredential Writer => Of(_settings.Writer);

    /// <summary>Batches, checkpoints, tiles and the evidence index; signs with the log's key.</summary>
    public TokenCredential Sequencer => Of(_settings.Sequencer);

    /// <summary>Deletes what has been removed. Throws <see cref="InvalidOperationException"/> where no such identity is set: another one never stands in for it.</summary>
    public TokenCredential Cleanup => Of(_settings.Cleanup ?? throw new InvalidOperationException("Nhi__Identities__Cleanup is not set: nothing is deleted."));

    /// <summary>Reads and deletes role assignments. Throws <see cref="InvalidOperationException"/> where no such identity is set: another one never stands in for it.</summary>
    public TokenCredential Curtailer => Of(_settings.Curtailer ?? throw new InvalidOperationException("Nhi__Identities__Curtailer is not set: no role is taken away."));

    /// <summary>Values of the product's own vault and of the staging vault.</summary>
    public TokenCredential Own => _settings.Rotators.Count == 0 ? Of(null) : Rotator(OwnEnvironment);

    internal string OwnEnvironment { get; }

    /// <summary>Values, publications and mints of one environment; <c>""</c> is that of <see cref="Own"/>. Throws <see cref="SettingsException"/> when rotators are set, but none for that environment.</summary>
    public TokenCredential Rotator(string environment)
    {
        if (_settings.Rotators.TryGetValue(environment.Length == 0 ? OwnEnvironment : environment, out var clientId))
            return Of(clientId);
        return _settings.Rotators.Count == 0
            ? Of(null)
            : throw new SettingsException([new($"Nhi:Identities:Rotators:{environment}", "is not set, but a credential of that environment is to be worked on.", "Set it to the client id of that environment's rotator, or correct the environment of its vault.")]);
    }

    private TokenCredential Of(string? clientId) => _made.GetOrAdd(clientId ?? "", _ => new(() => _make(clientId))).Value;

    private TokenCredential Make(string? clientId) => clientId is null
        ? Caller(_cloud, _environment)
        : new ManagedIdentityCredential(With(_cloud, new ManagedIdentityCredentialOptions(ManagedIdentityId.FromUserAssignedClientId(clientId))));

    /// <summary>Whoever runs this process, where no client id is set: see the class.</summary>
    /// <param name="cloud">Whose authority is asked.</param>
    /// <param name="environment">Reads an environment variable.</param>
    public static TokenCredential Caller(AzureCloud cloud, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (Has("IDENTITY_ENDPOINT"))
            return new ManagedIdentityCredential(With(cloud, new ManagedIdentityCredentialOptions(ManagedIdentityId.SystemAssigned)));
        return Has("AZURE_CLIENT_ID") && Has("AZURE_CLIENT_SECRET") && Has("AZURE_TENANT_ID")
            ? new EnvironmentCredential(With(cloud, new EnvironmentCredentialOptions()))
            : new AzureCliCredential(With(cloud, new AzureCliCredentialOptions()));

        bool Has(string variable) => !string.IsNullOrEmpty(environment(variable));
    }

    private static T With<T>(AzureCloud cloud, T options) where T : TokenCredentialOptions
    {
        options.AuthorityHost = cloud.Authority;
        options.Diagnostics.IsLoggingContentEnabled = false;
        return options;
    }
}
