namespace Nhi.Governance.Policies.Rules;

/// <summary>A policy's text as read, before it is known to make sense.</summary>
internal sealed record PolicyDocument
{
    public required RuleSettings Defaults { get; init; }
    public required IReadOnlyList<PolicyRule> Rules { get; init; }
    public int? MintsPerHour { get; init; }
    public int? KillsPerRun { get; init; }
    public int? QuarantinesPerDay { get; init; }
}
