using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>Reads what lives at the provider, and changes nothing there. Throws <see cref="ExternalCallException"/> when it cannot be read.</summary>
public interface ILookBack
{
    /// <summary>All credentials of the resource: key ids with their names (multi), every slot with its value where it can be read (dual slot), every principal and whether it is open (pair, cutover).</summary>
    Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct);
}

/// <summary>
/// One credential at its provider. <paramref name="DisplayName"/>: where the provider has names; <paramref name="Secret"/>: where it can be read again (slots);
/// <paramref name="Hint"/>: the first characters where the provider shows them; <paramref name="Open"/>: false for a closed principal; <paramref name="Created"/>, <paramref name="Expires"/>: UTC, governance time;
/// <paramref name="Vouched"/>: false where only a tag says that this principal belongs to the resource, and nothing at the provider does.
/// </summary>
public sealed record LiveCredential(string Handle, string? DisplayName = null, SecretMaterial? Secret = null, string? Hint = null, bool Open = true, DateTimeOffset? Created = null, DateTimeOffset? Expires = null, bool Vouched = true);
