namespace Nhi.Evidence.Verification;

/// <summary>How much is looked at.</summary>
public enum VerifyLevel
{
    /// <summary>The head: newest checkpoint, that it grew out of the saved one, age of the newest seal.</summary>
    Quick,

    /// <summary>What came after the saved checkpoint, with its records.</summary>
    Delta,

    /// <summary>Everything.</summary>
    Full,
}
