namespace Nhi.Governance.Policies;

/// <summary>The policy in force. A change is seen within a minute; a text that does not validate leaves the last good one in force and is reported.</summary>
public interface IPolicySource
{
    /// <summary>Throws <see cref="PolicyException"/> when there has never been a good one, <see cref="Credentials.ExternalCallException"/> when it cannot be read and none was read before.</summary>
    ValueTask<Policy> CurrentAsync(CancellationToken ct);
}
