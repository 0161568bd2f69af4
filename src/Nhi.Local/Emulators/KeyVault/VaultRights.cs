namespace Nhi.Local.Emulators.KeyVault;

/// <summary>What an identity may do in a vault.</summary>
[Flags]
public enum VaultRights
{
    None = 0,

    /// <summary>Metadata and lists, deleted ones too.</summary>
    List = 1,

    /// <summary>Values.</summary>
    Get = 2,

    /// <summary>New versions, and attributes and tags of old ones.</summary>
    Set = 4,

    Delete = 8,

    Recover = 16,

    Purge = 32,

    /// <summary>Public parts of keys.</summary>
    KeyGet = 64,

    /// <summary>Signatures.</summary>
    KeySign = 128,

    All = List | Get | Set | Delete | Recover | Purge | KeyGet | KeySign,
}
