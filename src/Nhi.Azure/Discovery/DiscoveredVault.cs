namespace Nhi.Azure.Discovery;

/// <summary>
/// A vault as Resource Graph showed it. <paramref name="Host"/>: lower case; <paramref name="Environment"/>: of its tag <c>nhi-environment</c>, as it reads there (empty: none);
/// <paramref name="Id"/>: its ARM id, lower case; <paramref name="Missing"/>: since when it is no longer found (governance time, UTC), null while it is.
/// </summary>
public sealed record DiscoveredVault(string Host, string Environment, string Id, DateTimeOffset? Missing = null);
