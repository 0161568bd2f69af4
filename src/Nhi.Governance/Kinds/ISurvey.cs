using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Governance.Kinds;

/// <summary>Sees of a resource what the watcher's rights show: no value, nothing that could mint or kill. A kind without this role is not looked at by sweeps.</summary>
public interface ISurvey
{
    /// <summary>
    /// One read. A resource that is not there is an answer (<see cref="SweptResource.Exists"/> false). Throws <see cref="ExternalCallException"/> when the provider cannot be asked, or when <paramref name="resource"/> is no id of this kind.
    /// <paramref name="now"/>: governance time, UTC.
    /// </summary>
    Task<SweptResource> SurveyAsync(ResourceId resource, DateTimeOffset now, CancellationToken ct);
}
