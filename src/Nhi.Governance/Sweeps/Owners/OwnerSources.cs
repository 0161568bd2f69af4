namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Where owners are read, and how far each is believed. The words go into evidence.</summary>
public static class OwnerSources
{
    public const string Assigned = "assigned by a person";
    public const string Confirmed = "confirmed by a person";
    public const string Tag = "tag nhi-owner";
    public const string ResourceTag = "tag of the resource";
    public const string Application = "owner of the application";
    public const string GroupTag = "tag of the resource group";
    public const string Creator = "creator in the Activity Log";
    public const string Policy = "policy default";

    /// <summary>0 to 100.</summary>
    public static int Confidence(string via) => via switch
    {
        Assigned or Confirmed => 100,
        Tag => 80,
        ResourceTag => 70,
        Application => 60,
        GroupTag => 50,
        Creator => 30,
        Policy => 10,
        _ => 0,
    };
}

/// <summary>One source's word: who, and where that was read.</summary>
public sealed record OwnerClaim(string Name, string Via);
