namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>The verbs of a curtailment, as they stand in blob names. The record's action is <c>privilege.{verb}</c>: they are about an identity, not about one of the secrets that open it.</summary>
public static class CurtailmentVerbs
{
    private const string Noun = "privilege.";

    /// <summary>The owner is told which role will be taken away, when and why.</summary>
    public const string Tell = "tell";

    /// <summary>What was told, or left alone, is given up: the role is not there, not wide, or kept.</summary>
    public const string Drop = "drop";

    /// <summary>The role assignment is deleted.</summary>
    public const string Curtail = "curtail";

    /// <summary>It is there again, by another hand: it is left alone.</summary>
    public const string Restore = "restore";

    public static string Action(string verb) => Noun + verb;

    public static bool IsOne(string action) => action.StartsWith(Noun, StringComparison.Ordinal);
}
