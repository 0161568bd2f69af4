using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Curtailment;

/// <summary>What is remembered of one role of one identity at one scope, in the table <c>Removals</c>. Derived: evidence says it again (<c>nhi rebuild</c>). Instants UTC.</summary>
public sealed record CurtailmentNote
{
    /// <summary><see cref="RoleAssignment.Key"/>.</summary>
    public required string Key { get; init; }

    /// <summary>Whose role it is, and under whose row each step is done.</summary>
    public required ResourceId Identity { get; init; }

    /// <summary>The subscription's ARM id, lower case.</summary>
    public required string Scope { get; init; }
    public required CurtailmentStep Step { get; init; }

    /// <summary>When the step began: the time of its record.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>That record, as a blob name.</summary>
    public required string Record { get; init; }

    /// <summary>The intent of a try to take it away, as a blob name, written down before anything is deleted; null where none is under way. What became of it the log itself says, which the index may not know yet.</summary>
    public string? Attempt { get; init; }

    /// <summary>When the next step may come; null where there is none.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>What stands in the way besides time; null: nothing.</summary>
    public string? Waiting { get; init; }
}
