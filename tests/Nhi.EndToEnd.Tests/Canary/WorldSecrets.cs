using Nhi.Local;
using Nhi.Local.Emulators.KeyVault;
using Nhi.Local.Emulators.Login;
using Nhi.Local.Wire;
using Npgsql;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Nhi.EndToEnd.Tests.Canary;

/// <summary>Every secret that a world ever held: looked at before and after each request that may make or end one, so that what lives for one request only is known too.</summary>
internal sealed class WorldSecrets(World world) : IWireTap
{
    private readonly ConcurrentDictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Values => _values;

    public ValueTask BeforeAsync(WireRequest request, CancellationToken cancellation) => LookAround(request);

    public ValueTask AfterAsync(WireRequest request, CancellationToken cancellation) => LookAround(request);

    public void Look()
    {
        foreach (var vault in world.AllVaults)
            Look(vault);
        foreach (var application in world.Tenant.All)
            foreach (var password in world.Tenant.PasswordsOf(application))
                _values.TryAdd(password.Secret, $"a client secret of {application.DisplayName}");
        foreach (var account in world.Arm.All)
            foreach (var key in account.Keys)
                _values.TryAdd(key.Value, $"{key.Name} of {account.Name}");
        foreach (var identity in world.Identities.OfTheProduct)
            if (world.IdentityEndpoint.Issue(identity, IdentityEndpoint.Databases) is { } password)
                _values.TryAdd(password.Token, $"the database password of {identity.Name}");
    }

    /// <summary>Everything, tokens too.</summary>
    public SecretSearch ToSearch(IEnumerable<(string What, string Value)> more)
    {
        Look();
        var search = new SecretSearch();
        foreach (var (value, what) in _values)
            AddTo(search, what, value);
        foreach (var token in world.IssuedTokens)
            search.Add("a token", token);
        foreach (var (what, key) in _keys)
            search.AddBytes(what, key);
        foreach (var (what, value) in more)
            search.Add(what, value);
        search.AddText("a password's verifier", "SCRAM-SHA-256$");
        return search;
    }

    /// <summary>Values are made and ended by writes at a vault or a provider: most requests are none.</summary>
    private ValueTask LookAround(WireRequest request)
    {
        if (request.Method is not ("GET" or "HEAD") && (request.Service is "graph" or "arm" or "sql" || request.Service.StartsWith("vault:", StringComparison.Ordinal)))
            Look();
        return ValueTask.CompletedTask;
    }

    private static void AddTo(SecretSearch search, string what, string value)
    {
        // Most of a connection string is no secret, and stands where it may.
        var connection = value.Contains("Password=", StringComparison.Ordinal) ? new NpgsqlConnectionStringBuilder(value).Password : null;
        search.Add(what, value, whole: connection is not null);
        if (connection is not null)
            search.Add($"the password in {what}", connection);
    }

    private void Look(KeyVaultEmulator vault)
    {
        var kept = vault.Export();
        foreach (var secret in kept.Secrets)
            foreach (var version in secret.Versions)
                _values.TryAdd(version.Value, $"a version of {vault.Name}/{secret.Name}");
        foreach (var key in kept.Keys)
        {
            var what = $"the private key {vault.Name}/{key.Name}/{key.Version}";
            if (_keys.ContainsKey(what))
                continue;
            using var signing = ECDsa.Create();
            signing.ImportFromPem(key.Pem);
            _keys.TryAdd(what, signing.ExportParameters(includePrivateParameters: true).D!);
        }
    }
}
