using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Nhi.Local.Clock;

namespace Nhi.Local.Emulators.Graph;

/// <summary>The tenant's applications: what Graph changes and the login asks.</summary>
public sealed class Tenant
{
    private readonly WorldClock clock;
    private readonly Lock holding = new();
    private readonly List<Application> applications = [];

    internal Tenant(WorldClock clock) => (this.clock, Audits) = (clock, new DirectoryAudits(clock));

    /// <summary>Who added and removed secrets.</summary>
    public DirectoryAudits Audits { get; }

    /// <summary>Its users, groups and service principals.</summary>
    public People People { get; } = new();

    /// <summary>Makes somebody an owner of an application.</summary>
    public void AddOwner(Application application, string objectId)
    {
        ArgumentNullException.ThrowIfNull(application);
        lock (holding) application.Owners.Add(objectId);
    }

    /// <summary>Real time until a new secret is accepted; Entra takes seconds.</summary>
    public TimeSpan Propagation { get; set; }

    /// <summary>Makes an application that <paramref name="owners"/> own; a kept estate's one of that name stays as it is.</summary>
    public Application Add(string displayName, params IEnumerable<WorldIdentity> owners)
    {
        var id = WorldIdentity.Of($"application {displayName}");
        lock (holding)
        {
            if (applications.Find(one => one.AppId == id.ClientId) is { } there) return there;
            var application = new Application(id.ClientId, id.ObjectId, displayName);
            foreach (var owner in owners) application.Owners.Add(owner.ObjectId);
            applications.Add(application);
            return application;
        }
    }

    /// <summary>A person adds a secret in the portal: the directory audits say so.</summary>
    /// <returns>Key id and secret.</returns>
    public (string KeyId, string Secret) AddSecretAs(WorldIdentity somebody, Application application, string? displayName, string ip = "127.0.0.1")
    {
        var before = PasswordsOf(application);
        var added = AddSecret(application, displayName);
        Audits.Changed(application, somebody, isUser: true, ip, before, PasswordsOf(application));
        return added;
    }

    /// <summary>A person removes a secret in the portal: the directory audits say so. False when it is not there.</summary>
    public bool RemoveSecretAs(WorldIdentity somebody, Application application, string keyId, string ip = "127.0.0.1")
    {
        var before = PasswordsOf(application);
        if (!RemoveSecret(application, keyId)) return false;
        Audits.Changed(application, somebody, isUser: true, ip, before, PasswordsOf(application));
        return true;
    }

    /// <summary>Somebody adds a secret past the wire and past every log: what was there before anybody looked.</summary>
    /// <returns>Key id and secret.</returns>
    public (string KeyId, string Secret) AddSecret(Application application, string? displayName, DateTimeOffset? end = null)
    {
        var added = AddPassword(application, displayName, null, end);
        return (added.KeyId, added.Secret);
    }

    /// <summary>Removes a secret; false when it is not there.</summary>
    public bool RemoveSecret(Application application, string keyId)
    {
        ArgumentNullException.ThrowIfNull(application);
        lock (holding) return application.Passwords.RemoveAll(password => string.Equals(password.KeyId, keyId, StringComparison.OrdinalIgnoreCase)) > 0;
    }

    /// <summary>Key ids and display names of an application's secrets.</summary>
    public IReadOnlyList<(string KeyId, string? DisplayName)> SecretsOf(Application application)
    {
        ArgumentNullException.ThrowIfNull(application);
        lock (holding) return [.. application.Passwords.Select(password => (password.KeyId, password.DisplayName))];
    }

    /// <summary>Whether a client secret logs in at this moment: what a consumer would find.</summary>
    public bool Accepts(Application application, string secret) => Judge(application, secret) == SecretVerdict.Good;

    internal PasswordCredential AddPassword(Application application, string? displayName, DateTimeOffset? start, DateTimeOffset? end)
    {
        var now = clock.GetUtcNow();
        var password = new PasswordCredential(
            WorldNames.NewId(), displayName, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(30)),
            start ?? now, end ?? now.AddYears(2), clock.Real.GetUtcNow() + Propagation);
        lock (holding) application.Passwords.Add(password);
        return password;
    }

    internal Application? Find(string id)
    {
        lock (holding)
            return applications.Find(application => Same(application.AppId, id) || Same(application.ObjectId, id));
    }

    internal IReadOnlyList<PasswordCredential> PasswordsOf(Application application)
    {
        lock (holding) return [.. application.Passwords];
    }

    internal SecretVerdict Judge(Application application, string secret)
    {
        var now = clock.GetUtcNow();
        var given = Encoding.UTF8.GetBytes(secret);
        var found = PasswordsOf(application).FirstOrDefault(
            password => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(password.Secret), given));
        return found is null || clock.Real.GetUtcNow() < found.AcceptedFrom ? SecretVerdict.Unknown
            : now >= found.End ? SecretVerdict.Expired
            : now < found.Start.AddMinutes(-5) ? SecretVerdict.Unknown
            : SecretVerdict.Good;
    }

    internal IEnumerable<Application> All
    {
        get
        {
            lock (holding) return [.. applications];
        }
    }

    internal void Restore(Application application, IEnumerable<string> owners, IEnumerable<PasswordCredential> passwords)
    {
        application.Owners.UnionWith(owners);
        application.Passwords.AddRange(passwords);
        lock (holding) applications.Add(application);
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
