using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>
/// Ends a secret at its provider by its handle: removes the key id, regenerates the slot, closes the role (no login, no password, sessions ended where asked).
/// Killing what is already dead succeeds. Nothing is retried by the transport, and the fence is asked right before it is sent. Throws <see cref="ExternalCallException"/>.
/// </summary>
public interface IKill
{
    Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct);
}
