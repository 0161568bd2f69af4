using Nhi.Governance.Credentials;

namespace Nhi.Governance.Kinds;

/// <summary>Uses a secret against its provider, once, and changes nothing there.</summary>
public interface IVerify
{
    /// <summary>Never throws for a refusal or for a provider that is down: the verdict says which.</summary>
    Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct);
}

/// <summary><paramref name="Why"/>: for a person; without any value.</summary>
public sealed record Verdict(Verification Verification, string Why)
{
    public static readonly Verdict Accepted = new(Verification.Accepted, "accepted");
}

public enum Verification
{
    /// <summary>The provider let it in.</summary>
    Accepted,

    /// <summary>The provider was there and refused it.</summary>
    Refused,

    /// <summary>Nobody can say: the provider was not reached, or throttled.</summary>
    Unknown,
}
