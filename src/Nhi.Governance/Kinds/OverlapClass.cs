namespace Nhi.Governance.Kinds;

/// <summary>What is live side by side while consumers move from one value to the next: it decides the protocol.</summary>
public enum OverlapClass
{
    /// <summary>Any number of credentials at once: add one, remove the old one later by its key id.</summary>
    Multi,

    /// <summary>Two slots: the one that nobody uses is regenerated.</summary>
    DualSlot,

    /// <summary>Two principals under one owner: the idle one gets a new value and is opened.</summary>
    Pair,

    /// <summary>One value only: the old one dies with the new. Needs <c>allowCutover</c> and a window.</summary>
    Cutover,

    /// <summary>Nothing at any provider: a value is made and the old version is put away by choice.</summary>
    Retire,
}
