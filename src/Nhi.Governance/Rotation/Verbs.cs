namespace Nhi.Governance.Rotation;

/// <summary>The verbs of operations, as they stand in blob names. The record's action is <c>credential.{verb}</c>.</summary>
public static class Verbs
{
    /// <summary>A new version is minted and published.</summary>
    public const string Rotate = "rotate";

    /// <summary>A current version that its provider refuses is replaced by one that works.</summary>
    public const string Repair = "repair";

    /// <summary>The later value of a sibling secret is published.</summary>
    public const string Follow = "follow";

    /// <summary>The predecessor is published again, on request.</summary>
    public const string Rollback = "rollback";

    /// <summary>A new secret or version is brought under policy.</summary>
    public const string Govern = "govern";

    /// <summary>A superseded (or expired) credential is killed and read back as dead.</summary>
    public const string Revoke = "revoke";

    /// <summary>Something that a crashed attempt left at a provider is killed.</summary>
    public const string Clean = "clean";

    /// <summary>A superseded version of a kind without provider is disabled.</summary>
    public const string Retire = "retire";

    /// <summary>A value is marked as compromised.</summary>
    public const string Emergency = "emergency";

    /// <summary>A person names the handle of a version, or a free slot.</summary>
    public const string Adopt = "adopt";

    /// <summary>A person holds or releases a debt; pauses or resumes.</summary>
    public const string Hold = "hold";
    public const string Release = "release";
    public const string Pause = "pause";
    public const string Resume = "resume";

    /// <summary>A look without an effect, which takes the row to close intents, verify and see leftovers.</summary>
    public const string Look = "look";

    public static string Action(string verb) => "credential." + verb;
}
