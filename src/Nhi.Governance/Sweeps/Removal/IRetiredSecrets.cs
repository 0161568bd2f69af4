using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Deletes secrets whose removal has ended, by an identity that does nothing else and that most deployments do not have.</summary>
public interface IRetiredSecrets
{
    /// <summary>False where there is no such identity: then what is removed stays, disabled and tagged.</summary>
    bool MayDelete { get; }

    /// <summary>Deletes the secret with all its versions, recoverably: nothing is purged. Sent once. Throws <see cref="ExternalCallException"/>, also where there is none to delete.</summary>
    Task DeleteAsync(CredentialId id, CancellationToken ct);
}
