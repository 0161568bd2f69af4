using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>Everything that a sweep knows of one resource at one moment, with the credentials in scope that open it. What is null was not looked at. Never a value.</summary>
public sealed record ResourceView
{
    public required SweptResource Swept { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>What lives side by side there; null where no rotator knows its kind.</summary>
    public OverlapClass? Overlap { get; init; }

    /// <summary>The secrets that open it, gone ones not among them; null where one of them could not be read.</summary>
    public IReadOnlyList<SweptCredential>? Secrets { get; init; }

    /// <summary>Rotations of ours that may have minted something here, by <c>R</c>.</summary>
    public IReadOnlySet<string> Rotations { get; init; } = new HashSet<string>();

    /// <summary>Who answers for the first of its secrets.</summary>
    public string? Owner { get; init; }

    /// <summary>Whether it can log in to Azure by itself: then its roles matter.</summary>
    public bool IsIdentity { get; init; }

    /// <summary>What it may do; null where nobody could be asked.</summary>
    public IdentityRoles? Roles { get; init; }
}
