using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>
/// The code that knows one kind. What it can do beyond naming things is in the roles that it also implements:
/// <see cref="IMint"/>, <see cref="IVerify"/>, <see cref="IKill"/>, <see cref="ILookBack"/>, <see cref="IChooseValue"/>.
/// </summary>
public interface IRotator
{
    Kind Kind { get; }

    /// <summary>
    /// The resource that a secret opens, from its id, its tags (<c>nhi-resource</c>, or <c>ProviderAddress</c> of Microsoft's tutorial) and its vault's environment.
    /// Pure. Throws <see cref="ResourceTagException"/> naming the tag and its form when it cannot tell.
    /// </summary>
    GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment);

    /// <summary>
    /// What is inside a published value: the secret itself (a bare key out of a connection string), and the handle where the value names it (a user name). Pure.
    /// </summary>
    PublishedValue Read(GovernedResource resource, SecretMaterial published);

    /// <summary>
    /// The value to publish for a new secret: in the form of the current one (a connection string stays one, a bare key stays one). <paramref name="current"/> is null when it cannot be read. Pure.
    /// </summary>
    SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current);

    /// <summary>False for a text that no credential of that resource can be called by: tags are anybody's, and what they say goes to the provider. Pure.</summary>
    bool CanHave(GovernedResource resource, string handle) => resource.Overlap switch
    {
        OverlapClass.DualSlot => Handle.Fingerprint(handle) is { Length: > 0 } && (Handle.Place(handle) == Handle.Nowhere || resource.Handles.Contains(Handle.Place(handle))),
        OverlapClass.Pair or OverlapClass.Cutover => resource.Handles.Contains(handle),
        OverlapClass.Multi => handle.Length > 0,
        _ => false,
    };
}
