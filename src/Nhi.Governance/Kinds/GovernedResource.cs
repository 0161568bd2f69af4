using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>
/// A resource as its rotator understands it. <paramref name="Handles"/>: the slots or principals it has, in a fixed order, empty for <see cref="OverlapClass.Multi"/> and <see cref="OverlapClass.Retire"/>;
/// <paramref name="Address"/>: how its provider is reached (ARM id, application id, connection facts), never with a value in it;
/// <paramref name="Environment"/>: which rotator's identity is used (<c>""</c> = the default one).
/// </summary>
public sealed record GovernedResource(ResourceId Id, OverlapClass Overlap, IReadOnlyList<string> Handles, string Address, string Environment = "");
