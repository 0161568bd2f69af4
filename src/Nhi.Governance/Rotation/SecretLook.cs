using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Rotation;

/// <summary>One secret of a resource, as seen under the resource's row.</summary>
internal sealed record SecretLook
{
    public required Credential Credential { get; init; }
    public required EffectivePolicy Policy { get; init; }

    /// <summary>The current published value; null when its version is disabled.</summary>
    public SecretMaterial? Value { get; init; }

    /// <summary>The secret inside it.</summary>
    public SecretMaterial? Secret { get; init; }

    /// <summary>Which rotator's identity works on it.</summary>
    public required string Environment { get; init; }

    /// <summary>Of the current value; null when it cannot be read.</summary>
    public string? Fingerprint => Fingerprints.GetValueOrDefault(Current.Version);

    /// <summary>The fingerprints of the versions whose values were read.</summary>
    public required IReadOnlyDictionary<string, string> Fingerprints { get; init; }

    /// <summary>What the provider said to the current value.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The handle of each version as far as it is known; <see cref="Handle.Unknown"/> where it was looked for in vain.</summary>
    public required IReadOnlyDictionary<string, string> Handles { get; init; }

    /// <summary>Where the current value is refused: the newest other version that its provider accepts and nobody marked.</summary>
    public CredentialVersion? NewestAccepted { get; init; }

    /// <summary>
    /// When its provider ends the current value, UTC; null where it keeps no end, or the handle is not known. The vault may promise more: who sets back an older value gives it no end, or another's.
    /// </summary>
    public DateTimeOffset? Ends { get; init; }

    /// <summary>From when the current version is due.</summary>
    public DateTimeOffset Due => DueDate.Of(Current, Policy, Ends);

    public CredentialId Id => Credential.Id;
    public CredentialVersion Current => Credential.Current;

    /// <summary>Null when it is not known.</summary>
    public string? CurrentHandle => HandleOf(Current);

    /// <summary>What it replaces next.</summary>
    public string NextRotation => field ??= RotationId.Of(Id, Current.Version);

    public string? HandleOf(CredentialVersion version) =>
        Handles.TryGetValue(version.Version, out var handle) && handle != Handle.Unknown ? handle : null;
}
