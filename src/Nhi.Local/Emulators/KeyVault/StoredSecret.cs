namespace Nhi.Local.Emulators.KeyVault;

/// <summary>A secret and its versions, oldest first.</summary>
internal sealed class StoredSecret(string name)
{
    public string Name => name;

    public List<StoredVersion> Versions { get; init; } = [];

    /// <summary>When it was deleted, unix seconds; null while it lives.</summary>
    public long? Deleted { get; set; }

    /// <summary>A deletion takes a moment: so many looks still say that it is pending.</summary>
    public int PendingLooks { get; set; }

    public StoredVersion Current => Versions[^1];

    public StoredVersion? Find(string version) =>
        Versions.Find(candidate => string.Equals(candidate.Id, version, StringComparison.OrdinalIgnoreCase));

    public void Replace(StoredVersion version) => Versions[Versions.FindIndex(candidate => candidate.Id == version.Id)] = version;
}
