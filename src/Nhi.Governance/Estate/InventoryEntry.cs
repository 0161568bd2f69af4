using Nhi.Governance.Credentials;

namespace Nhi.Governance.Estate;

/// <summary>What was last seen of one credential. Instants UTC, governance time.</summary>
public sealed record InventoryEntry
{
    public required CredentialId Id { get; init; }

    /// <summary>Null when no policy or kind makes it a governed resource.</summary>
    public ResourceId? Resource { get; init; }
    public string? Kind { get; init; }
    public string? Owner { get; init; }

    /// <summary>The policy's rule that matched, and whether it enforces.</summary>
    public string? Rule { get; init; }
    public bool Enforced { get; init; }

    /// <summary>Creation and last change of the newest version: when both stand, nothing changed that a list shows.</summary>
    public required DateTimeOffset NewestCreated { get; init; }
    public required DateTimeOffset NewestUpdated { get; init; }
    public DateTimeOffset? Expires { get; init; }

    /// <summary>When the policy wants it rotated; null for never.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Handles that are owed, as of the last look; null when nobody looked yet.</summary>
    public int? Owed { get; init; }

    /// <summary>When it wants the next look although nothing changed: the earliest end of an overlap, a due date, a daily look.</summary>
    public required DateTimeOffset NextLook { get; init; }

    /// <summary>True once a record says what would be done about the newest version, where the rule only observes.</summary>
    public bool Told { get; init; }
    public bool Managed { get; init; }
    public bool Gone { get; init; }
}
