using System.Security.Cryptography;
using System.Text;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Simulation.Tests.World;

/// <summary>
/// Vaults as Key Vault behaves: versions in no order, with names that tell nothing, any number of them in one whole second, no value of a disabled version. Lists may lag: for a while they show neither a new version nor
/// a change; a read shows what is so.
/// </summary>
internal sealed class SimVault(SimWorld world)
{
    public const string Host = "kv1.vault.azure.net";

    /// <summary>A vault of another environment; lists show all secrets at once.</summary>
    public const string Elsewhere = "kv-dev.vault.azure.net";

    /// <summary>Another vault of the same environment.</summary>
    public const string Second = "kv2.vault.azure.net";

    /// <summary>Vaults that are no longer in scope: they are there, and no host may ask them.</summary>
    public HashSet<string> Left { get; } = [];

    private readonly SortedDictionary<CredentialId, List<Stored>> _secrets = [];
    private readonly HashSet<CredentialId> _deleted = [];
    private int _serial;

    /// <param name="Version">As it is.</param>
    /// <param name="Value">What it holds.</param>
    /// <param name="Since">From when lists show what became of it last.</param>
    /// <param name="Before">What they show until then; null: nothing of it.</param>
    public sealed record Stored(CredentialVersion Version, SecretMaterial Value, DateTimeOffset Since, CredentialVersion? Before = null)
    {
        /// <summary>What a consumer reads out of it.</summary>
        public Nhi.Governance.Kinds.PublishedValue Published { get; } = SimRotators.Split(Value);
    }

    public IEnumerable<CredentialId> Ids => _secrets.Keys;
    public IReadOnlyList<Stored> VersionsOf(CredentialId id) => _deleted.Count > 0 && _deleted.Contains(id) ? [] : _secrets.GetValueOrDefault(id) ?? [];
    public Stored? CurrentOf(CredentialId id) => VersionsOf(id) is { Count: > 0 } all ? all[^1] : null;

    /// <summary>All secrets with their current versions, none where a secret is deleted.</summary>
    public IEnumerable<(CredentialId Id, Stored? Current)> Published => _secrets.Select(secret => (secret.Key, secret.Value.Count == 0 || (_deleted.Count > 0 && _deleted.Contains(secret.Key)) ? null : secret.Value[^1]));

    /// <summary>How long lists do not show the next new version or change.</summary>
    public Func<TimeSpan> Lag { get; set; } = () => TimeSpan.Zero;

    /// <summary>The versions as lists show them now, in the order in which they were made.</summary>
    private IEnumerable<CredentialVersion> Listed(CredentialId id) => VersionsOf(id).Select(stored => stored.Since <= world.Clock.Now ? stored.Version : stored.Before).OfType<CredentialVersion>();

    /// <summary>A publication is refused while this says so.</summary>
    public Func<CredentialId, bool> Refuses { get; set; } = _ => false;

    public Stored Set(CredentialId id, SecretMaterial value, IReadOnlyDictionary<string, string> tags, DateTimeOffset? expires)
    {
        if (_deleted.Contains(id))
            throw new ExternalCallException($"{id.Name} is soft-deleted.", false, false, "ObjectIsDeletedButRecoverable");
        if (Refuses(id))
            throw new ExternalCallException($"{id.Name}: the policy forbids it.", false, false, "ForbiddenByPolicy");
        Counted(id, tags);
        if (!_secrets.TryGetValue(id, out var all))
            _secrets[id] = all = [];
        var stored = new Stored(new CredentialVersion
        {
            Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{world.Seed} {++_serial}")))[..32],
            Enabled = true,
            Created = world.Second,
            Updated = world.Second,
            Expires = expires,
            Tags = new Dictionary<string, string>(tags),
        }, value, world.Clock.Now + Lag());
        all.Add(stored);
        world.Published(id, stored);
        return stored;
    }

    private static void Counted(CredentialId id, IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count > 15)
            throw new ExternalCallException($"{id.Name}: a secret has at most 15 tags.", false, false, "BadParameter");
    }

    public CredentialVersion Update(CredentialId id, string version, VersionUpdate update)
    {
        if (_deleted.Contains(id) || !_secrets.TryGetValue(id, out var all))
            throw new ExternalCallException($"{id.Name} is not there.", false, false, "SecretNotFound");
        Counted(id, update.Tags);
        var at = all.FindIndex(stored => stored.Version.Version == version);
        var before = all[at].Version;
        var shown = all[at].Since <= world.Clock.Now ? before : all[at].Before;
        all[at] = all[at] with
        {
            Since = world.Clock.Now + Lag(),
            Before = shown,
            Version = all[at].Version with
            {
                Enabled = update.Enabled ?? all[at].Version.Enabled,
                Expires = update.Expires ?? all[at].Version.Expires,
                Tags = new Dictionary<string, string>(update.Tags),
                Updated = world.Second,
            },
        };
        Updated?.Invoke(id, before, all[at].Version);
        return all[at].Version;
    }

    /// <summary>Hears of every change of attributes or tags: the version before and after.</summary>
    public Action<CredentialId, CredentialVersion, CredentialVersion>? Updated { get; set; }

    /// <summary>The secret was purged and comes back from a backup that knew its first versions only.</summary>
    public void RestoreBackup(CredentialId id, int versions) => _secrets[id] = [.. _secrets[id].Take(versions)];

    /// <summary>A purge and a restore from an older backup: that version (from 1) is gone.</summary>
    public void Forget(CredentialId id, int version) => _secrets[id].RemoveAt(version - 1);

    public void Delete(CredentialId id) => _deleted.Add(id);
    public void Recover(CredentialId id) => _deleted.Remove(id);
    public bool IsDeleted(CredentialId id) => _deleted.Contains(id);

    /// <summary>The vault as one host reaches it.</summary>
    public sealed class Client(SimWorld world, Wire wire) : ICredentialVault, IRetiredSecrets
    {
        public bool MayDelete => world.Cleans;

        public Task DeleteAsync(CredentialId id, CancellationToken ct) => wire.CallAsync("vault.delete", true, () =>
        {
            world.NeedsIntent($"delete {id}", record => record.Action == RemovalVerbs.Action(RemovalVerbs.Delete) && record.Credential?.Id == id.ToString());
            Vault.Delete(id);
            return true;
        });

        private SimVault Vault => world.Vault;

        private CredentialId InScope(CredentialId id) =>
            Vault.Left.Contains(id.Vault) ? throw new ExternalCallException($"The vault {id.Vault} is not in scope.", false, false, "VaultNotInScope") : id;

        public async IAsyncEnumerable<SecretPage> ListSecretsAsync(string vaultHost, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            var from = 0;
            for (var all = 1; from < all; from += 25)
                yield return await wire.CallAsync("vault.list", false, () =>
                {
                    var listed = Vault.Ids.Where(id => !Vault.Left.Contains(id.Vault)).Select(id => (id, newest: Vault.Listed(id).LastOrDefault())).Where(listed => listed.newest is not null).ToList();
                    all = listed.Count;
                    return new SecretPage([.. listed.Skip(from).Take(25).Select(listed => new ListedSecret(listed.id, listed.newest! with { Version = "" }))], world.Second);
                });
        }

        public Task<VersionList> ListVersionsAsync(CredentialId id, CancellationToken ct) =>
            wire.CallAsync("vault.versions", false, () => new VersionList([.. world.Shuffled(Vault.Listed(InScope(id)))], world.Second));

        public Task<SecretReading?> ReadAsync(CredentialId id, string? version, CancellationToken ct) =>
            wire.CallAsync("vault.read", false, () => (version is null ? Vault.CurrentOf(InScope(id)) : Vault.VersionsOf(id).FirstOrDefault(stored => stored.Version.Version == version)) is { } found ? Read(id, version, found) : null);

        /// <summary>A disabled version hands out nothing: what it is comes out of a list, as the product's own client does it.</summary>
        private SecretReading? Read(CredentialId id, string? version, Stored found)
        {
            if (found.Version.Enabled)
                return new SecretReading(found.Version, found.Value);
            var facts = version is not null ? Vault.Listed(id).FirstOrDefault(listed => listed.Version == version) : Vault.Listed(id).Where(listed => !listed.Enabled).MaxBy(listed => listed.Created);
            return facts is null ? null : new SecretReading(facts, null);
        }


        public async Task<CredentialVersion> PublishAsync(CredentialId id, Publication publication, CancellationToken ct)
        {
            if (world.TokenTakes is { } slow)
                await Task.Delay(slow, world.Clock, ct);
            await (publication.Fence?.ReadyAsync(ct) ?? Task.CompletedTask);
            return await wire.CallAsync("vault.publish", true, () =>
            {
                world.NeedsIntent($"publish {id}", record => record.Op == NhiTag.TryParse(publication.Tags[NhiTag.Name])!.Op);
                return Vault.Set(id, publication.Value, publication.Tags, publication.Expires).Version;
            });
        }

        public Task<CredentialVersion> UpdateAsync(CredentialId id, string version, VersionUpdate update, CancellationToken ct) =>
            wire.CallAsync("vault.update", true, () => Vault.Update(id, version, update));
    }
}
