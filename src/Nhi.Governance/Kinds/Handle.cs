namespace Nhi.Governance.Kinds;

/// <summary>
/// What a provider calls a credential, in one text: a key id, a role, or <c>slot:fingerprint</c>, since a slot lives on while its values die.
/// </summary>
public static class Handle
{
    /// <summary>A version whose handle was looked for and could not be found: a person must name it.</summary>
    public const string Unknown = "?";

    /// <summary>The place of a value that no slot of its resource holds any more.</summary>
    public const string Nowhere = "-";

    /// <summary>What a closed principal holds.</summary>
    public const string Closed = "closed";

    /// <summary>The handle of a slot that holds this value.</summary>
    public static string OfSlot(string slot, string fingerprint) => $"{slot}:{fingerprint}";

    /// <summary>What a version's own tag says, where the resource can have that; else null.</summary>
    internal static string? Told(IRotator rotator, GovernedResource resource, Credentials.CredentialVersion version) =>
        version.Nhi?.Handle is { } told and not Unknown && rotator.CanHave(resource, told) ? told : null;

    /// <summary>The slot of <c>slot:fingerprint</c>; key ids and roles are their own place.</summary>
    public static string Place(string handle) => handle.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? handle[..colon] : handle;

    /// <summary>The fingerprint of <c>slot:fingerprint</c>, or null.</summary>
    public static string? Fingerprint(string handle) => handle.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? handle[(colon + 1)..] : null;
}
