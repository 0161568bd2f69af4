namespace Nhi.Governance.Credentials;

/// <summary>
/// A secret as its vault's list shows it: attributes and tags of its newest version. The list does not name that version, so <see cref="CredentialVersion.Version"/> is empty.
/// </summary>
public sealed record ListedSecret(CredentialId Id, CredentialVersion Newest);
