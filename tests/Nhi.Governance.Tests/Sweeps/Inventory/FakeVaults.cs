using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Governance.Tests.Sweeps.Inventory;

/// <summary>Vaults as Key Vault lists them: 25 a page, in no order of names, continuations that are places in the list, whole seconds.</summary>
internal sealed class FakeVaults(InventoryRig rig) : ICredentialVault
{
    public const int PageSize = 25;
    private readonly Dictionary<string, Shelf> _vaults = [];
    private int _serial;

    private sealed class Shelf
    {
        private Secret[]? _inOrder;
        public Dictionary<CredentialId, Secret> Secrets { get; } = [];
        public Secret[] InOrder => _inOrder ??= [.. Secrets.Values.OrderBy(secret => secret.Place, StringComparer.Ordinal)];

        public Secret Add(CredentialId id)
        {
            _inOrder = null;
            return Secrets[id] = new Secret(id);
        }
    }

    private sealed class Secret(CredentialId id)
    {
        public CredentialId Id { get; } = id;

        /// <summary>Not the order of names.</summary>
        public string Place { get; } = Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(id.Name)));
        public List<CredentialVersion> Versions { get; } = [];
        public bool Deleted { get; set; }
    }

    /// <summary>Continuations that are refused.</summary>
    public Func<string, bool> RefusesContinuation { get; set; } = _ => false;

    /// <summary>What makes continuations longer.</summary>
    public string Padding { get; set; } = "";

    /// <summary>Secrets that lists leave out although they are there.</summary>
    public HashSet<CredentialId> Unlisted { get; } = [];

    private DateTimeOffset Second => DateTimeOffset.FromUnixTimeSeconds(rig.Now.ToUnixTimeSeconds());

    public string Add(string name, string environment = "prod")
    {
        var host = $"{name}.vault.azure.net";
        _vaults[host] = new Shelf();
        rig.Scope.Add(new GovernedVault(host, environment));
        return host;
    }

    /// <summary>Vaults <c>kv0</c>… with secrets <c>s0</c>… each.</summary>
    public void Fill(int vaults, int secrets)
    {
        for (var v = 0; v < vaults; v++)
        {
            var host = Add($"kv{v}");
            for (var s = 0; s < secrets; s++)
                Set(host, $"s{s}");
        }
    }

    public void Set(string host, string name, bool managed = false, params ReadOnlySpan<(string Name, string Value)> tags)
    {
        var id = CredentialId.Of(host, name);
        var secret = _vaults[host].Secrets.GetValueOrDefault(id) ?? _vaults[host].Add(id);
        secret.Deleted = false;
        secret.Versions.Add(new CredentialVersion
        {
            Version = (++_serial).ToString("x32", CultureInfo.InvariantCulture), Enabled = true, Created = Second, Updated = Second, Managed = managed, Expires = Second.AddDays(90),
            Tags = Tagged(tags),
        });
    }

    public void Change(string host, string name, Func<CredentialVersion, CredentialVersion> change)
    {
        var versions = Of(host, name).Versions;
        versions[^1] = change(versions[^1]) with { Updated = Second };
    }

    /// <summary>What a list of the vault does not show: the oldest version's attributes.</summary>
    public void ChangeOldest(string host, string name, Func<CredentialVersion, CredentialVersion> change)
    {
        var versions = Of(host, name).Versions;
        versions[0] = change(versions[0]) with { Updated = Second };
    }

    public void Delete(string host, string name) => Of(host, name).Deleted = true;

    public static Dictionary<string, string> Tagged(params ReadOnlySpan<(string Name, string Value)> tags)
    {
        var tagged = new Dictionary<string, string>();
        foreach (var (name, value) in tags)
            tagged[name] = value;
        return tagged;
    }

    /// <summary>What is really there: id, and its versions oldest first.</summary>
    public IReadOnlyList<(CredentialId Id, IReadOnlyList<CredentialVersion> Versions)> Truth(string host) =>
        [.. _vaults[host].InOrder.Where(secret => !secret.Deleted).Select(secret => (secret.Id, (IReadOnlyList<CredentialVersion>)secret.Versions)).OrderBy(secret => secret.Id)];

    public IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, CancellationToken ct) => ListSecretsAsync(vaultHost, null, ct);

    public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, string? continuation, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        for (var from = continuation is null ? 0 : int.Parse(continuation.Split('/')[1], CultureInfo.InvariantCulture); ; from += PageSize)
        {
            rig.Step($"list {vaultHost} {from}");
            if (continuation is not null && RefusesContinuation(continuation))
                throw new ExternalCallException("Bad continuation.", false, false, "BadParameter");
            var shown = _vaults[vaultHost].InOrder.Where(secret => !secret.Deleted && !Unlisted.Contains(secret.Id)).Skip(from).Take(PageSize + 1).ToList();
            var page = shown.Take(PageSize).Select(secret => new ListedSecret(secret.Id, secret.Versions[^1] with { Version = "" })).ToList();
            yield return new SecretPage(page, Second, shown.Count > PageSize ? $"{vaultHost}/{from + PageSize}/{Padding}" : null);
            if (shown.Count <= PageSize)
                yield break;
        }
    }

    public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct)
    {
        rig.Step($"versions {id}");
        var secret = _vaults[id.Vault].Secrets.GetValueOrDefault(id);
        return Task.FromResult(new VersionList(secret is null or { Deleted: true } ? [] : [.. secret.Versions.OrderByDescending(version => version.Version)], Second));
    }

    public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct) => throw new InvalidOperationException("A sweep reads no values.");
    public Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");
    public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) => throw new InvalidOperationException("A sweep writes nothing.");

    private Secret Of(string host, string name) => _vaults[host].Secrets[CredentialId.Of(host, name)];
}
