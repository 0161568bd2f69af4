using Nhi.Governance.Credentials;

namespace Nhi.Governance.Rotation;

/// <summary>A version that people gave as many tags as Key Vault keeps, and that was killed: nobody may forget that it is dead.</summary>
internal static class FullTags
{
    /// <summary>The same tags with as many as there is room for: one of people's gives way, and the outcome's notes say so.</summary>
    public static Dictionary<string, string> WithRoom(Dictionary<string, string> tags, CredentialVersion version, SecretLook secret, ICollection<string> notes)
    {
        if (tags.Count > NhiTag.Most)
        {
            tags.Remove(LeastNeeded(version, secret));
            notes.Add($"Version {version.Version} of {secret.Id.Name} carried {NhiTag.Most} tags: one of them gave way to the one that says that it is dead.");
        }

        return tags;
    }

    /// <summary>Of the tags of a version that dies: one that the current version repeats, else one that tells us nothing.</summary>
    private static string LeastNeeded(CredentialVersion version, SecretLook secret) => version.Tags.Keys
        .Where(name => name != NhiTag.Name)
        .OrderBy(name => name.StartsWith(NhiTag.Name, StringComparison.OrdinalIgnoreCase) ? 2 : version.Version != secret.Current.Version && secret.Current.Tags.GetValueOrDefault(name) == version.Tags[name] ? 0 : 1)
        .ThenBy(name => name, StringComparer.Ordinal)
        .First();
}
