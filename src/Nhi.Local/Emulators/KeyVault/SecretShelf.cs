using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>The secrets of one vault and the rules of the service over them. Not for several threads: its vault locks.</summary>
internal sealed partial class SecretShelf(TimeProvider clock)
{
    private const long NearExpiry = 30L * 86_400;

    /// <summary>A version that is near its end when it is made raises its event within minutes.</summary>
    private const long NearExpiryDelay = 180;

    private readonly Dictionary<string, StoredSecret> living = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, StoredSecret> deleted = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<StoredSecret> Living => living.Values.OrderBy(secret => secret.Name, StringComparer.OrdinalIgnoreCase);

    public IEnumerable<StoredSecret> Deleted =>
        deleted.Values.Where(secret => secret.PendingLooks == 0).OrderBy(secret => secret.Name, StringComparer.OrdinalIgnoreCase);

    internal IEnumerable<StoredSecret> AllDeleted => deleted.Values;

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    public StoredSecret Find(string name) => living.GetValueOrDefault(name) ?? throw VaultException.NotFound(name);

    public StoredSecret? TryFind(string name) => living.GetValueOrDefault(name);

    public (StoredSecret Secret, StoredVersion Version) Find(string name, string? version)
    {
        var secret = Find(name);
        return (secret, version is null ? secret.Current : secret.Find(version) ?? throw VaultException.NotFound($"{name}/{version}"));
    }

    public (StoredSecret Secret, StoredVersion Version) Set(string name, SecretWrite write)
    {
        if (!NameShape().IsMatch(name)) throw VaultException.Bad($"The name '{(name.Length > 127 ? name[..127] : name)}' does not match ^[0-9A-Za-z-]{{1,127}}$.");
        if (deleted.TryGetValue(name, out var buried)) throw Buried(buried);
        if (!living.TryGetValue(name, out var secret)) living[name] = secret = new StoredSecret(name);
        // Whole seconds, and no two versions of a name share one.
        var created = secret.Versions.Count == 0 ? Now : Math.Max(Now, secret.Current.Created + 1);
        var version = new StoredVersion
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Value = write.Value!,
            ContentType = write.ContentType,
            Enabled = write.Enabled ?? true,
            NotBefore = write.NotBefore,
            Expires = write.Expires,
            Created = created,
            Updated = created,
            Tags = write.Tags,
            Managed = write.Managed,
        };
        secret.Versions.Add(version);
        return (secret, version);
    }

    public (StoredSecret Secret, StoredVersion Version) Update(string name, string? id, SecretWrite write)
    {
        var (secret, before) = Find(name, id);
        var after = before with
        {
            ContentType = write.ContentType ?? before.ContentType,
            Enabled = write.Enabled ?? before.Enabled,
            NotBefore = write.NotBefore ?? before.NotBefore,
            Expires = write.Expires ?? before.Expires,
            Tags = write.Tags ?? before.Tags,
            Updated = Math.Max(Now, before.Updated),
        };
        secret.Replace(after);
        return (secret, after);
    }

    public StoredSecret Delete(string name)
    {
        var secret = Find(name);
        living.Remove(name);
        secret.Deleted = Now;
        secret.PendingLooks = 1;
        return deleted[name] = secret;
    }

    /// <summary>One that is deleted; the first look finds the deletion still under way.</summary>
    public StoredSecret FindDeleted(string name)
    {
        var secret = deleted.GetValueOrDefault(name) ?? throw VaultException.NotFound(name);
        if (secret.PendingLooks == 0) return secret;
        secret.PendingLooks--;
        throw VaultException.NotFound(name);
    }

    public StoredSecret Recover(string name)
    {
        var secret = deleted.GetValueOrDefault(name) ?? throw VaultException.NotFound(name);
        if (secret.PendingLooks > 0) throw Buried(secret);
        deleted.Remove(name);
        secret.Deleted = null;
        return living[name] = secret;
    }

    public void Purge(string name)
    {
        var secret = deleted.GetValueOrDefault(name) ?? throw VaultException.NotFound(name);
        if (secret.PendingLooks > 0) throw Buried(secret);
        deleted.Remove(name);
    }

    /// <summary>The expiry events that are due, each once for each expiry; only current versions raise them.</summary>
    public List<(StoredSecret Secret, StoredVersion Version, string Type)> RaiseDue()
    {
        List<(StoredSecret, StoredVersion, string)> raised = [];
        var now = Now;
        foreach (var secret in living.Values)
        {
            if (NearExpiryAt(secret.Current) <= now)
            {
                secret.Replace(secret.Current with { NearExpiryRaised = secret.Current.Expires });
                if (secret.Current.Expires > now) raised.Add((secret, secret.Current, "Microsoft.KeyVault.SecretNearExpiry"));
            }

            if (ExpiredAt(secret.Current) <= now)
            {
                secret.Replace(secret.Current with { ExpiredRaised = secret.Current.Expires });
                raised.Add((secret, secret.Current, "Microsoft.KeyVault.SecretExpired"));
            }
        }

        return raised;
    }

    /// <summary>When <see cref="RaiseDue"/> next has something, unix seconds; null = never.</summary>
    public long? NextDue()
    {
        long? next = null;
        foreach (var secret in living.Values)
        {
            var at = Earlier(NearExpiryAt(secret.Current), ExpiredAt(secret.Current));
            next = Earlier(next, at);
        }

        return next;
    }

    internal void Restore(StoredSecret secret)
    {
        if (secret.Deleted is null) living[secret.Name] = secret;
        else deleted[secret.Name] = secret;
    }

    private static long? Earlier(long? one, long? other) => one is null || other < one ? other : one;

    private static long? NearExpiryAt(StoredVersion version) => version.Expires is { } until && version.NearExpiryRaised != until
        ? Math.Max(until - NearExpiry, version.Created + NearExpiryDelay)
        : null;

    private static long? ExpiredAt(StoredVersion version) =>
        version.Expires is { } until && version.ExpiredRaised != until ? Math.Max(until, version.Created + NearExpiryDelay) : null;

    private static VaultException Buried(StoredSecret secret) => secret.PendingLooks > 0
        ? new VaultException(409, "Conflict", $"Secret {secret.Name} is currently being deleted and cannot be re-created; retry later.", "ObjectIsBeingDeleted")
        : new VaultException(409, "Conflict", $"Secret {secret.Name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.", "ObjectIsDeletedButRecoverable");

    [GeneratedRegex("^[0-9A-Za-z-]{1,127}$")]
    private static partial Regex NameShape();
}
