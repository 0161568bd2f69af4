using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>A row of the table <c>Removals</c>: a credential whose removal is under way, ended, or stopped by a person. Derived: tags and evidence say it again (<c>nhi rebuild</c>). Instants UTC.</summary>
public sealed record RemovalNote
{
    public required CredentialId Credential { get; init; }

    /// <summary>Whose row its steps are done under.</summary>
    public required ResourceId Resource { get; init; }
    public RemovalStep Step { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>When the next step may come; null where there is none.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>What stands in the way besides time; null: nothing.</summary>
    public string? Waiting { get; init; }

    /// <summary>The newest record of a step, as a blob name.</summary>
    public string? Record { get; init; }
    public RemovalHistory History { get; init; } = RemovalHistory.Nothing;
}
