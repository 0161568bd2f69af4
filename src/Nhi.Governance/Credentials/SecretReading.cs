namespace Nhi.Governance.Credentials;

/// <summary>A version read with its value. <paramref name="Value"/> is null when the version is disabled, since a vault does not hand those out.</summary>
public sealed record SecretReading(CredentialVersion Version, SecretMaterial? Value);
