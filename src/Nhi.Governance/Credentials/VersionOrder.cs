namespace Nhi.Governance.Credentials;

internal static class VersionOrder
{
    /// <summary>Where a version stands, oldest first.</summary>
    public static int IndexOf(this IReadOnlyList<CredentialVersion> versions, CredentialVersion version)
    {
        for (var i = 0; i < versions.Count; i++)
            if (versions[i].Version == version.Version)
                return i;
        return -1;
    }
}
