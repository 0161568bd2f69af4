using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>A rotator, a resource of its provider, and what the contract needs to know about both.</summary>
public sealed record ProviderUnderTest(IRotator Rotator, GovernedResource Resource)
{
    /// <summary>Takes the provider away; the resource to ask for then.</summary>
    public required Func<GovernedResource> GoDown { get; init; }

    /// <summary>Slot or principal to mint into; null for multi.</summary>
    public string? Target { get; init; }

    /// <summary>Forms in which a current value may be published.</summary>
    public IReadOnlyList<SecretMaterial> Forms { get; init; } = [];

    public IMint Mint => (IMint)Rotator;

    public IVerify Verify => (IVerify)Rotator;

    public IKill Kill => (IKill)Rotator;

    public ILookBack LookBack => (ILookBack)Rotator;

    public MintOrder Order() => new(
        "nhi-0123456789abcdefghjkmnpqrs", Target, (Rotator as IChooseValue)?.Choose(Resource, new Dictionary<string, string>()), new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    public Task<Minted> MintAsync(CancellationToken ct) => Mint.MintAsync(Resource, Order(), new TestFence(), ct);

    public Task<Verdict> VerifyAsync(string? handle, SecretMaterial secret, CancellationToken ct) => Verify.VerifyAsync(Resource, handle, secret, ct);

    /// <summary>True when the list shows the minted secret as living.</summary>
    public static bool Lives(IReadOnlyList<LiveCredential> look, Minted minted)
    {
        var shown = look.SingleOrDefault(credential => credential.Handle == minted.Handle);
        return shown is { Open: true } && (shown.Secret is null || shown.Secret.Matches(minted.Secret));
    }
}
