namespace Nhi.Governance.Rotation.Planning;

/// <summary>What a planner has to say about one secret: a plan, or why what is due has to wait. Exactly one of the two.</summary>
internal sealed record Proposal(Plan? Plan, Waiting? Waiting)
{
    public static implicit operator Proposal(Plan plan) => new(plan, null);
    public static implicit operator Proposal(Waiting waiting) => new(null, waiting);
}
