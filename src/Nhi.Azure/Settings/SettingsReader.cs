using System.Globalization;
using Microsoft.Extensions.Configuration;
using Nhi.Azure.Identities;
using Nhi.Azure.Notices;
using Nhi.Evidence.Records;
using Nhi.Governance.Policies;

namespace Nhi.Azure.Settings;

/// <summary>Reads <see cref="NhiSettings"/> out of the section <c>Nhi</c> and reports every fault at once.</summary>
public sealed class SettingsReader
{
    private readonly IConfigurationSection _section;
    private readonly List<SettingsFault> _faults = [];
    private AzureCloud _cloud = AzureCloud.Public;

    private SettingsReader(IConfiguration configuration) => _section = configuration.GetSection("Nhi");

    /// <summary>Throws <see cref="SettingsException"/> with every fault.</summary>
    public static NhiSettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var settings = reader.ReadAll();
        return reader._faults.Count == 0 ? settings : throw new SettingsException(reader._faults);
    }

    private NhiSettings ReadAll()
    {
        FindUnknown();
        _cloud = ReadCloud();
        var discovery = new DiscoveryReader(_section, Fault).Read();
        var settings = new NhiSettings
        {
            Discovery = discovery,
            Vaults = ReadVaults(needed: discovery is null),
            Storage = ReadStorage(),
            Identities = ReadIdentities(),
            ProductVault = Vault("ProductVault"),
            StagingVault = Vault("StagingVault"),
            LogKey = Key("LogKey"),
            ProducersKey = Key("ProducersKey"),
            Policy = ReadPolicy(),
            Clock = ReadClock(),
            LeaseScale = ReadLeaseScale(),
            Cloud = _cloud,
            AuditWorkspace = Workspace("AuditWorkspace"),
            Topic = Text("Topic") is null ? null : Https("Topic", "https://my-topic.westeurope-1.eventgrid.azure.net/api/events"),
            Webhooks = ReadWebhooks(),
        };
        SettingsChecks.Check(settings, _faults);
        return settings;
    }

    /// <summary>A misspelt key would silently leave its default in force.</summary>
    private void FindUnknown()
    {
        foreach (var (path, value) in _section.AsEnumerable(makePathsRelative: true))
            if (!string.IsNullOrEmpty(path) && value is not null && !SettingsReference.All.Any(setting => setting.Names(path)))
                Fault(path, "is not a setting.", $"Did you mean {NearestSetting.Of(path).Name}? Correct or remove it.");
    }

    private AzureCloud ReadCloud()
    {
        if (Text("Cloud") is not { } name)
            return AzureCloud.Public;
        if (AzureCloud.TryFind(name, out var cloud))
            return cloud;
        Fault("Cloud", $"is '{Shown(name)}', which is no cloud.", "Use public, usgov or china.");
        return AzureCloud.Public;
    }

    private List<VaultSettings> ReadVaults(bool needed)
    {
        List<VaultSettings> vaults = [];
        foreach (var entry in _section.GetSection("Vaults").GetChildren().OrderBy(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue))
        {
            var environment = Text($"Vaults:{entry.Key}:Environment");
            if (!EnvironmentName.IsOne(environment))
                Fault($"Vaults:{entry.Key}:Environment", environment is null ? "is not set." : $"is '{Shown(environment)}'.", "Name the environment whose rotator works there, e.g. prod: 1 to 32 letters, digits and dashes.");
            vaults.Add(new VaultSettings(Vault($"Vaults:{entry.Key}:Uri"), (environment ?? "").ToLowerInvariant()));
        }

        if (vaults.Count == 0 && needed)
            Fault("Vaults:0:Uri", "is not set: no vault is in scope.", "Set it to the URI of a vault, e.g. https://kv1.vault.azure.net, and Nhi__Vaults__0__Environment to its environment; or let vaults be discovered (Nhi__Discovery).");
        return vaults;
    }

    private StorageSettings ReadStorage()
    {
        var state = Service("Storage:State", "table", "blob");
        return new StorageSettings
        {
            Tables = WithService(state, "table"),
            Blobs = WithService(state, "blob"),
            Evidence = Service("Storage:Evidence", "blob"),
            EvidenceSecondary = Text("Storage:EvidenceSecondary") is null ? null : Service("Storage:EvidenceSecondary", "blob"),
            DeadLetters = Text("Storage:DeadLetters") is null ? null : BlobContainer("Storage:DeadLetters"),
        };
    }

    private List<WebhookSettings> ReadWebhooks()
    {
        List<WebhookSettings> webhooks = [];
        foreach (var entry in _section.GetSection("Webhooks").GetChildren().Where(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)).OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)))
        {
            var name = $"Webhooks:{entry.Key}";
            var (uri, secret) = (Text($"{name}:Uri"), SecretName($"{name}:UriSecretName"));
            if ((uri is null) == (secret is null))
                Fault($"{name}:Uri", uri is null ? "is not set." : "is set, and UriSecretName too.", "Set one of both: the address, or the name of the product vault's secret that holds it.");
            var every = TimeSpan.FromHours(1);
            if (Text($"{name}:Every") is { } text && !(Iso8601Duration.TryParse(text, out every, out _) && every >= TimeSpan.FromMinutes(5) && every <= TimeSpan.FromDays(1)))
                Fault($"{name}:Every", $"is '{Shown(text)}'.", "Use an ISO 8601 duration from PT5M to P1D, e.g. PT1H.");
            var template = Text($"{name}:Template") ?? "digest";
            if (!NoticeTemplate.Exists(template))
                Fault($"{name}:Template", $"is '{Shown(template)}', which is neither built in nor a file.", $"Use {string.Join(", ", NoticeTemplate.BuiltIn)}, or the path of a Handlebars file.");
            webhooks.Add(new WebhookSettings(int.Parse(entry.Key, CultureInfo.InvariantCulture), uri is null ? null : Https($"{name}:Uri", "https://hooks.example.com/nhi"), secret, template, SecretName($"{name}:SecretName"), every));
        }

        return webhooks;
    }

    private string? SecretName(string name)
    {
        var text = Text(name);
        if (text is null || (text.Length <= 127 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')))
            return text;
        // What stands here by mistake may be the secret itself.
        Fault(name, "is no secret's name.", "Name a secret of the product vault: 1 to 127 letters, digits and dashes.");
        return null;
    }

    private IdentitySettings ReadIdentities() => new()
    {
        Watcher = ClientId("Identities:Watcher"),
        Writer = ClientId("Identities:Writer"),
        Sequencer = ClientId("Identities:Sequencer"),
        Cleanup = ClientId("Identities:Cleanup"),
        Curtailer = ClientId("Identities:Curtailer"),
        Rotators = _section.GetSection("Identities:Rotators").GetChildren()
            .Select(child => (child.Key, Id: ClientId($"Identities:Rotators:{child.Key}")))
            .Where(rotator => rotator.Id is not null)
            .ToDictionary(rotator => rotator.Key, rotator => rotator.Id!, StringComparer.OrdinalIgnoreCase),
    };

    private string? ClientId(string name)
    {
        var text = Text(name);
        if (text is not null && !Guid.TryParseExact(text, "D", out _))
            Fault(name, $"is '{Shown(text)}', which is no client id.", "Use the client id of a user-assigned managed identity: a GUID with dashes.");
        return text;
    }

    private string? Workspace(string name)
    {
        var text = Text(name);
        if (text is null || Guid.TryParseExact(text, "D", out _))
            return text;
        Fault(name, $"is '{Shown(text)}', which is no id of a workspace.", "Use the workspace id (customerId) that the workspace's overview shows: a GUID with dashes, not its resource id.");
        return null;
    }

    private string? ReadClock()
    {
        var path = Text("Clock");
        if (path is not null && !File.Exists(path))
            Fault("Clock", $"names '{Shown(path)}', which is not there.", "Leave it out in Azure; locally it is the file that Nhi.Local wrote.");
        return path;
    }

    /// <summary>A blob that anybody else can write would be a policy that anybody else can change: the state account only.</summary>
    private string? ReadPolicy()
    {
        if (Text("Policy") is not { } text || !text.Contains("://", StringComparison.Ordinal))
            return Text("Policy");
        var uri = Https("Policy", "https://ACCOUNT.blob.core.windows.net/policies/policy.yaml, or to a path");
        return uri == Nowhere ? null : text;
    }

    private double ReadLeaseScale()
    {
        if (Text("Operations:LeaseScale") is not { } text)
            return 1;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var scale) && scale is > 0 and <= 10)
            return scale;
        Fault("Operations:LeaseScale", $"is '{Shown(text)}'.", "Use a number above 0 and at most 10, e.g. 0.01; leave it out in Azure.");
        return 1;
    }

    private Uri Vault(string name)
    {
        var uri = Https(name, $"https://kv1{_cloud.VaultSuffix}");
        if (uri != Nowhere && (uri.AbsolutePath != "/" || !uri.Host.EndsWith(_cloud.VaultSuffix, StringComparison.OrdinalIgnoreCase)))
            Fault(name, $"is '{Shown(uri.OriginalString)}', which is no vault of the cloud '{_cloud.Name}'.", $"It reads https://NAME{_cloud.VaultSuffix}, with nothing behind it; Nhi__Cloud names the cloud.");
        return uri;
    }

    private Uri Key(string name)
    {
        var uri = Https(name, $"https://kv-nhi{_cloud.VaultSuffix}/keys/NAME");
        if (uri != Nowhere && (uri.Segments is not ["/", "keys/", _] and not ["/", "keys/", _, _] || !uri.Host.EndsWith(_cloud.VaultSuffix, StringComparison.OrdinalIgnoreCase)))
            Fault(name, $"is '{Shown(uri.OriginalString)}', which is no key of a vault of the cloud '{_cloud.Name}'.", $"It reads https://VAULT{_cloud.VaultSuffix}/keys/NAME, with or without a version.");
        return uri;
    }

    private Uri BlobContainer(string name)
    {
        var uri = Https(name, $"https://account.blob{_cloud.StorageSuffix}/deadletters");
        if (uri != Nowhere && (uri.Segments.Length != 2 || !uri.Host.Contains(".blob.", StringComparison.Ordinal)))
            Fault(name, $"is '{Shown(uri.OriginalString)}', which is no container of a blob service.", $"It reads https://ACCOUNT.blob{_cloud.StorageSuffix}/CONTAINER.");
        return uri;
    }

    private Uri Service(string name, params ReadOnlySpan<string> services)
    {
        var uri = Https(name, $"https://account.{services[0]}{_cloud.StorageSuffix}");
        var labels = uri.Host.Split('.');
        foreach (var service in services)
            if (uri == Nowhere || (uri.AbsolutePath == "/" && labels.Length > 3 && labels.Contains(service, StringComparer.Ordinal)))
                return uri;
        Fault(name, $"is '{Shown(uri.OriginalString)}', which is no {string.Join(" or ", services.ToArray())} service.", $"It reads https://ACCOUNT.{services[0]}{_cloud.StorageSuffix}, with nothing behind it.");
        return Nowhere;
    }

    private static Uri WithService(Uri uri, string service) => uri == Nowhere
        ? uri
        : new UriBuilder(uri) { Host = string.Join('.', uri.Host.Split('.').Select(label => label is "table" or "blob" ? service : label)) }.Uri;

    /// <summary>What stands in for an address that could not be read; it never leaves this class, since a fault throws.</summary>
    private static readonly Uri Nowhere = new("https://invalid.invalid/");

    private Uri Https(string name, string example)
    {
        if (Text(name) is not { } text)
        {
            Fault(name, "is not set.", $"Set it, e.g. to {example}.");
            return Nowhere;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.Query.Length == 0 && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0)
            return uri;
        // Never show it: what stands here by mistake may be a connection string or a SAS.
        Fault(name, "is no https address without user, query and fragment.", $"Write it like {example}. Identities are used everywhere: no connection string, key or SAS belongs into the settings.");
        return Nowhere;
    }

    /// <summary>Null when absent or blank: a blank environment variable is how some deployments leave a setting out.</summary>
    private string? Text(string name) => _section[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private void Fault(string name, string what, string remedy) => _faults.Add(new SettingsFault($"Nhi:{name}", what, remedy));

    /// <summary>A value that belongs elsewhere is not repeated: who reads the log is not who may read it.</summary>
    internal static string Shown(string text) => ValueGuard.LooksLikeSecret(text) ? $"[{text.Length} characters]" : text.Length <= 100 ? text : text[..100] + "…";
}
