namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>How far the end of one wide role has come.</summary>
public enum CurtailmentStep
{
    /// <summary>Nothing is under way.</summary>
    None,

    /// <summary>Its owner was told.</summary>
    Told,

    /// <summary>It was taken away, and can be made again.</summary>
    Curtailed,

    /// <summary>It was made again by another hand, and is left alone.</summary>
    Restored,
}
