namespace Nhi.Local.Emulators.KeyVault;

/// <summary>A vault between two runs.</summary>
internal sealed record KeptVault(IReadOnlyList<KeptSecret> Secrets, IReadOnlyList<KeptSigningKey> Keys);

/// <summary>A secret; <paramref name="Deleted"/> in unix seconds, null while it lives.</summary>
internal sealed record KeptSecret(string Name, long? Deleted, IReadOnlyList<StoredVersion> Versions);

/// <summary>A key, PKCS#8.</summary>
internal sealed record KeptSigningKey(string Name, string Version, string Pem, long Created);
