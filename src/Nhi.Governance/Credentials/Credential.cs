namespace Nhi.Governance.Credentials;

/// <summary>One governed secret as a version list shows it: its versions in order, the newest of them current, whether enabled or not.</summary>
public sealed record Credential
{
    private Credential(CredentialId id, IReadOnlyList<CredentialVersion> versions, DateTimeOffset seen) => (Id, Versions, Seen) = (id, versions, seen);

    public CredentialId Id { get; }

    /// <summary>Oldest first; versions of one second in ordinal order of their ids.</summary>
    public IReadOnlyList<CredentialVersion> Versions { get; private init; }

    /// <summary>The service's clock as it answered, governance time.</summary>
    public DateTimeOffset Seen { get; }

    /// <summary>The newest version.</summary>
    public CredentialVersion Current => Versions[^1];

    /// <summary>True when the two newest versions were made in the same second: only a <c>get</c> tells which is current.</summary>
    public bool IsTied => Versions.Count > 1 && Versions[^2].Created == Current.Created;

    /// <summary>True when the newest version is disabled although its credential is not dead: somebody put the secret aside. Nothing is minted, published or repaired.</summary>
    public bool IsQuarantined => !Current.Enabled && !Current.IsDead;

    public IReadOnlyDictionary<string, string> Tags => Current.Tags;

    /// <summary>
    /// Null when there is no version: absent or soft-deleted. <paramref name="current"/>: the version that a <c>get</c> showed as the current one; null: the list alone says which is the newest, and versions of one second
    /// stand in it in no order.
    /// </summary>
    public static Credential? Of(CredentialId id, VersionList list, string? current = null) => list.Versions.Count == 0
        ? null
        : new Credential(id, WithoutCopies([.. list.Versions.OrderBy(version => version.Version == current).ThenBy(version => version.Created).ThenBy(version => version.Version, StringComparer.Ordinal)], current), list.ServiceTime);

    /// <summary>
    /// People publish with the tags that they read before. An attempt makes one version of a secret, and writes of others which version they followed: the older one of two that say the same is the one that it is about.
    /// Of two of one second nobody can say which is older, unless one is current: neither is believed, and evidence tells.
    /// </summary>
    private static List<CredentialVersion> WithoutCopies(List<CredentialVersion> ordered, string? current)
    {
        var copies = ordered.Where(version => version.Nhi?.Op is not null).GroupBy(version => Told(version.Nhi!)).Where(told => told.Count() > 1)
            .SelectMany(told => told.Where(version => told.Any(other => other != version && (other.Created < version.Created || (other.Created == version.Created && other.Version != current)))))
            .ToHashSet();
        return copies.Count == 0 ? ordered : [.. ordered.Select(version => copies.Contains(version) ? version with { Disowned = true } : version)];
    }

    private static (string?, string?, string?, string?) Told(NhiTag tag) => (tag.Rotation, tag.Op, tag.Rotation is null ? tag.Previous : null, tag.Rotation is null ? tag.Handle : null);

    /// <summary>The tag of a version to go on with; where others made it, one that says which version it followed.</summary>
    public NhiTag TagOf(CredentialVersion version) => version.Nhi ?? new NhiTag { Previous = Versions.IndexOf(version) is > 0 and var at ? Versions[at - 1].Version : null };

    /// <summary>The same without the tags of versions that lie.</summary>
    public Credential Disowning(Func<CredentialVersion, bool> lies) => Versions.Any(lies) ? this with { Versions = [.. Versions.Select(version => lies(version) ? version with { Disowned = true } : version)] } : this;

    /// <summary>The same with that version as an update left it.</summary>
    public Credential With(CredentialVersion changed) => this with { Versions = [.. Versions.Select(version => version.Version == changed.Version ? changed : version)] };

    /// <summary>When this version stopped being current: the creation of the next one. Null for the current version.</summary>
    public DateTimeOffset? SupersededAt(CredentialVersion version)
    {
        for (var i = 0; i < Versions.Count - 1; i++)
            if (Versions[i].Version == version.Version)
                return Versions[i + 1].Created;
        return null;
    }
}
