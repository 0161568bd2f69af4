using Nhi.Governance.Credentials;
using Nhi.Governance.Operations;

namespace Nhi.Governance.Kinds;

/// <summary>The hold on a resource's row, as whoever sends something to its provider needs it. What its methods throw says that nothing may be sent: let it through.</summary>
public interface IFence
{
    /// <summary>
    /// Awaited once, with token and connection at hand, right before the one request that changes something: a slow token endpoint must not use up the lease between the renewal and the effect.
    /// Throws <see cref="HoldLostException"/> when another instance holds the row by now, <see cref="ExternalCallException"/> when nobody answers.
    /// </summary>
    Task ReadyAsync(CancellationToken ct);

    /// <summary>Awaited again and again while the provider goes on with what was sent: the row stays held. Throws as <see cref="ReadyAsync"/>; then nobody waits for the provider any longer.</summary>
    Task StillAsync(CancellationToken ct);
}
