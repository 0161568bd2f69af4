using System.Globalization;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators.Generated;

/// <summary>
/// A random value that lives in the vault alone. Nobody can say what it opens (it may be an encryption key), so only the tag <c>nhi-kind</c> of the secret itself makes it one:
/// nothing is verified, killed or looked up.
/// </summary>
public sealed class GeneratedRotator : IRotator, IChooseValue
{
    private const string KindName = "generated";
    private const string LengthTag = "nhi-length";
    private const string AlphabetTag = "nhi-alphabet";
    private const int ShortestLength = 16;
    private const int LongestLength = 256;

    /// <summary>43 characters of base64url hold 256 bits.</summary>
    private const int UsualLength = 43;

    public Kind Kind { get; } = new()
    {
        Name = KindName,
        Description = $"A random value that nothing at a provider knows. Tags: {LengthTag} ({ShortestLength} to {LongestLength}, {UsualLength} unless said), {AlphabetTag} ({string.Join(", ", RandomText.Names)}).",
        Overlaps = [OverlapClass.Retire],
        ResourceForm = "not read: the secret itself is the resource",
        Rights = [],
    };

    /// <inheritdoc/>
    public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment)
    {
        if (!tags.TryGetValue("nhi-kind", out var kind) || kind != KindName)
            throw new ResourceTagException($"A secret is of kind {KindName} only when its own tag nhi-kind says so: it may be an encryption key.");
        _ = Wanted(tags);
        return new GovernedResource(new ResourceId($"generated:{credential.Vault}/{credential.Name}"), OverlapClass.Retire, [], $"{credential.Vault}/{credential.Name}", environment);
    }

    /// <inheritdoc/>
    public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);

    /// <inheritdoc/>
    public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;

    /// <summary>Throws <see cref="ResourceTagException"/> when the tags ask for a length or an alphabet that there is not.</summary>
    public SecretMaterial Choose(GovernedResource resource, IReadOnlyDictionary<string, string> tags)
    {
        var (length, alphabet) = Wanted(tags);
        return RandomText.Of(alphabet, length);
    }

    private static (int Length, string Alphabet) Wanted(IReadOnlyDictionary<string, string> tags)
    {
        var length = UsualLength;
        if (tags.TryGetValue(LengthTag, out var text) && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length is < ShortestLength or > LongestLength))
            throw new ResourceTagException($"The tag {LengthTag} of a secret of kind {KindName} must be a number from {ShortestLength} to {LongestLength}.");
        var alphabet = tags.TryGetValue(AlphabetTag, out var name) ? name : RandomText.Base64Url;
        return RandomText.Names.Contains(alphabet, StringComparer.Ordinal)
            ? (length, alphabet)
            : throw new ResourceTagException($"The tag {AlphabetTag} of a secret of kind {KindName} must be one of {string.Join(", ", RandomText.Names)}.");
    }
}
