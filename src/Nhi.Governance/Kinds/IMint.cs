using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>
/// Makes a new secret at the provider: adds one (multi), regenerates the named slot (dual slot), sets the given secret on the named principal and opens it (pair, cutover).
/// Nothing is retried by the transport, and the fence is asked right before it is sent. Throws <see cref="ExternalCallException"/>, which says whether it may have happened.
/// </summary>
public interface IMint
{
    Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct);
}

/// <summary>
/// What is to be made. <paramref name="DisplayName"/>: <c>nhi-R</c>, borne by the new thing where the provider has names; <paramref name="Target"/>: slot or principal, null for multi;
/// <paramref name="Chosen"/>: the staged secret where we choose it; <paramref name="Expires"/>: UTC, where the provider keeps an end, else ignored.
/// </summary>
public sealed record MintOrder(string DisplayName, string? Target, SecretMaterial? Chosen, DateTimeOffset? Expires);

/// <summary>
/// What was made. <paramref name="Handle"/>: key id, slot or role. <paramref name="Expires"/>: the end that the provider granted, which may be earlier or later than asked; null where it keeps none.
/// </summary>
public sealed record Minted(string Handle, SecretMaterial Secret, DateTimeOffset? Expires);
