namespace Nhi.Governance.Sweeps.Removal;

/// <summary>How far the removal of a neglected credential has come.</summary>
public enum RemovalStep
{
    /// <summary>Nothing is under way: never begun, dropped, restored, or only kept.</summary>
    None,

    /// <summary>Its owner was told.</summary>
    Told,

    /// <summary>Its versions are disabled, and can be enabled again.</summary>
    Quarantined,

    /// <summary>A credential of it is being killed at the provider, and how that ended is not written down yet: nothing of it is given back by itself. A clear refusal leads back to the quarantine.</summary>
    Revoking,

    /// <summary>What it opened is dead at the provider, or nothing lives there.</summary>
    Revoked,

    /// <summary>The end: revoked, disabled, tagged.</summary>
    Removed,

    /// <summary>Beyond the end, where the product has an identity that may delete: the secret is gone, recoverably. Only the table says so, for its tags are gone with it.</summary>
    Deleted,
}
