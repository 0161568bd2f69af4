using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Governance.Rotation;

/// <summary>Something that happened once to a secret and that somebody has to hear of, as its versions show it: so it outlives whoever died before he could tell. <paramref name="Version"/>: whose it is.</summary>
public sealed record Sighting(CredentialId Credential, string Signal, string Version, string Fact)
{
    /// <summary>What it is known by, once it was told.</summary>
    public string Key => $"{Signal} {Version}";

    /// <summary>All that a look shows, told or not. Pure.</summary>
    internal static IEnumerable<Sighting> Of(ResourceLook look) => look.Secrets.SelectMany(secret => PublishedOver(look, secret).Concat(Resurrected(look, secret)));

    /// <summary>A version of somebody else came between one of ours and the one that ours supersedes: it was current for a moment, and ours did not know of it.</summary>
    private static IEnumerable<Sighting> PublishedOver(ResourceLook look, SecretLook secret)
    {
        var versions = secret.Credential.Versions;
        for (var i = 2; i < versions.Count; i++)
        {
            var ours = versions[i];
            if (ours.Nhi is not { Rotation: not null, Previous: { } previous } || !look.IsOurs(secret, ours))
                continue;
            if (versions.FirstOrDefault(version => version.Version == previous) is not { } superseded)
                continue;
            // Versions of one second stand in no order, unless a read shows which one is current.
            foreach (var between in versions.Take(i).Skip(versions.IndexOf(superseded) + 1).Where(version => version.Nhi?.Rotation is null && (version.Created < ours.Created || ours == secret.Current)))
                yield return new Sighting(secret.Id, SignalNames.PublishedOver, between.Version, $"Version {between.Version}, made by others {SignalText.At(between.Created)}, was superseded {SignalText.At(ours.Created)} by {ours.Version}, which was made to supersede {previous}.");
        }
    }

    /// <summary>The versions of others that hold what was buried before they were made.</summary>
    internal static IEnumerable<Sighting> Resurrected(ResourceLook look, SecretLook secret)
    {
        var versions = secret.Credential.Versions;
        var buried = versions.Where(version => version.IsDead).ToLookup(version => HeldBy(look, secret, version), StringComparer.Ordinal);
        foreach (var version in buried.Count == 0 ? [] : versions.Where(version => version.Nhi?.Rotation is null))
            if (HeldBy(look, secret, version) is { } held && buried[held].FirstOrDefault(old => old.Version != version.Version && old.Updated <= version.Created) is { } dead)
                yield return new Sighting(secret.Id, SignalNames.Resurrected, version.Version, $"Version {version.Version}, made by others {SignalText.At(version.Created)}, holds what version {dead.Version} held, which was killed and buried {SignalText.At(dead.Updated)}.");
    }

    /// <summary>What two versions that hold the same value have in common: its fingerprint, as it was read, as a slot's handle says or as the record tells that published it, or a key id, which names one value and no other. Null where nobody knows.</summary>
    private static string? HeldBy(ResourceLook look, SecretLook secret, CredentialVersion version) => look.Overlap switch
    {
        OverlapClass.Multi => secret.HandleOf(version),
        OverlapClass.DualSlot => secret.Fingerprints.GetValueOrDefault(version.Version) ?? (secret.HandleOf(version) is { } handle ? Handle.Fingerprint(handle) : null),
        OverlapClass.Pair => secret.Fingerprints.GetValueOrDefault(version.Version)
            ?? look.Records.FirstOrDefault(record => record.Version == version.Version && record.Credential == secret.Id.ToString() && record.Slots.Count > 0)?.Slots[0].Fingerprint,
        _ => null,
    };
}
