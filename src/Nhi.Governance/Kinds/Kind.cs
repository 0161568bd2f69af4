namespace Nhi.Governance.Kinds;

/// <summary>The facts of one kind of credential. Times are real (not governance) time.</summary>
public sealed record Kind
{
    /// <summary>E.g. <c>entra-app-secret</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for <c>nhi kinds</c>.</summary>
    public required string Description { get; init; }

    /// <summary>The classes its resources can have; <see cref="GovernedResource.Overlap"/> says which one a resource has.</summary>
    public required IReadOnlyList<OverlapClass> Overlaps { get; init; }

    /// <summary>How the tag <c>nhi-resource</c> reads, e.g. <c>host[:port]/database/roleA+roleB</c>.</summary>
    public required string ResourceForm { get; init; }

    /// <summary>The longest time in which a request to its provider can still land late. It is the lease of the resource's row.</summary>
    public TimeSpan SettleWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a new value may take until its provider accepts it.</summary>
    public TimeSpan PropagationBudget { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many verifications in a row must succeed.</summary>
    public int VerificationsNeeded { get; init; } = 1;

    /// <summary>How stale "last used" may be, or null where the kind does not report use.</summary>
    public TimeSpan? UseLag { get; init; }

    /// <summary>The provider's rights that each role of the rotator needs.</summary>
    public required IReadOnlyList<RoleRights> Rights { get; init; }
}
