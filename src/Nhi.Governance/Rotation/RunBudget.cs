namespace Nhi.Governance.Rotation;

/// <summary>Blast radius of one run of a timer: how many unmarked kills it has made.</summary>
internal sealed class RunBudget
{
    public int Kills { get; set; }
}
