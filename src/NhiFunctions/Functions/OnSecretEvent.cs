using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary>
/// Key Vault's events, in either schema. The parameter is a <c>string</c>: typed bindings take one schema only and lose an expiry's last digits.
/// What it throws is a 500, and Event Grid delivers the event again.
/// </summary>
public sealed class OnSecretEvent(IGovernance governance)
{
    [Function(nameof(OnSecretEvent))]
    public Task Run([EventGridTrigger] string body, CancellationToken ct) => governance.OnSecretEventAsync(body, ct);
}
