namespace Nhi.Evidence.Verification.Findings;

/// <summary>How much a finding weighs. Only what is more than information makes a verification fail.</summary>
public enum FindingSeverity
{
    /// <summary>Legal, and worth knowing.</summary>
    Information,

    /// <summary>Somebody should look: nothing of the evidence is lost.</summary>
    Warning,

    /// <summary>Evidence was changed, is missing or was forged.</summary>
    Critical,
}
