namespace Nhi.Governance.Sweeps.Owners;

/// <summary>What the directory says of one principal. <paramref name="Id"/>: object id, lower case; <paramref name="Name"/>: mail address or sign-in name, else the display name.</summary>
public sealed record Principal(string Id, PrincipalType Type, PrincipalState State, string? Name = null);

public enum PrincipalType
{
    User,
    Group,

    /// <summary>A service principal: an application's, or a managed identity's.</summary>
    Service,
}

public enum PrincipalState
{
    Active,

    /// <summary>Its sign-in is blocked.</summary>
    Disabled,

    /// <summary>In the directory's recycle bin, or gone: an object id that the directory does not know any more.</summary>
    Deleted,

    /// <summary>The directory does not know it, and never said that it did: a name, a mail address of somebody else.</summary>
    Unknown,
}
