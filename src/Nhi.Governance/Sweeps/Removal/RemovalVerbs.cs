using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>The verbs of a removal, as they stand in blob names. The record's action is <c>removal.{verb}</c>.</summary>
public static class RemovalVerbs
{
    private const string Noun = "removal.";

    /// <summary>The owner is told what will happen, when and why.</summary>
    public const string Tell = "tell";

    /// <summary>A removal that was only told is given up.</summary>
    public const string Drop = "drop";
    public const string Quarantine = "quarantine";

    /// <summary>The versions that the quarantine disabled are enabled again.</summary>
    public const string Restore = "restore";

    /// <summary>Killed at the provider.</summary>
    public const string Revoke = Verbs.Revoke;

    /// <summary>The end: tagged as removed.</summary>
    public const string Remove = "remove";

    /// <summary>Deleted after its end, recoverably.</summary>
    public const string Delete = "delete";

    /// <summary>A person keeps it until a date.</summary>
    public const string Keep = "keep";

    public static string Action(string verb) => Noun + verb;

    public static bool IsOne(string action) => action.StartsWith(Noun, StringComparison.Ordinal);
}
