using Nhi.Governance.Credentials;

namespace Nhi.Local.Demo.Estate;

/// <summary>One version as its vault holds it, with its value: for those who try it at its provider.</summary>
internal sealed record SeenVersion(string Version, string Value, bool Enabled, DateTimeOffset Created, DateTimeOffset? Expires, NhiTag? Tag)
{
    public bool IsDead => Tag is { Dead: true };

    /// <summary>Made by the product.</summary>
    public bool IsOurs => Tag is { Rotation: not null };
}

/// <summary>One secret of the estate as its vault holds it, versions oldest first.</summary>
internal sealed record SeenSecret(DemoCredential Credential, IReadOnlyList<SeenVersion> Versions)
{
    public SeenVersion Current => Versions[^1];

    /// <summary>Superseded, not proven dead, and not what the current version carries.</summary>
    public int Owed => Credential.Governed ? Versions.SkipLast(1).Count(version => !version.IsDead && (version.Tag?.Handle is null || version.Tag.Handle != Current.Tag?.Handle) && !Credential.IsCutover) : 0;

    public int Revoked => Versions.Count(version => version.IsDead);

    public DateTimeOffset? LastRotated => Versions.LastOrDefault(version => version.IsOurs)?.Created;
}

/// <summary>Reads the vaults past the product.</summary>
internal static class VaultView
{
    public static IReadOnlyList<SeenSecret> Read(World world)
    {
        var kept = DemoEstate.Vaults.ToDictionary(vault => vault.Name, vault => world.Vault(vault.Name).Export().Secrets);
        return
        [
            .. DemoEstate.All
                .Select(credential => (credential, secret: kept[credential.Vault].FirstOrDefault(secret => secret.Name == credential.Name)))
                .Where(pair => pair.secret is not null)
                .Select(pair => new SeenSecret(pair.credential, [.. pair.secret!.Versions.Select(Seen)])),
        ];
    }

    public static SeenSecret Read(World world, string name) => Read(world).First(secret => secret.Credential.Name == name);

    private static SeenVersion Seen(Emulators.KeyVault.StoredVersion version) => new(
        version.Id, version.Value, version.Enabled, DateTimeOffset.FromUnixTimeSeconds(version.Created),
        version.Expires is { } end ? DateTimeOffset.FromUnixTimeSeconds(end) : null,
        version.Tags is { } tags && tags.TryGetValue(NhiTag.Name, out var text) ? NhiTag.TryParse(text) : null);
}
