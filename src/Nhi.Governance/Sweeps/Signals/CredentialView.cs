using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Signals;

/// <summary>Everything that a sweep knows of one credential at one moment. What is null was not looked at, or could not be. Instants UTC, governance time; never a value.</summary>
public sealed record CredentialView
{
    public required SweptCredential Swept { get; init; }
    public required EffectivePolicy Policy { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>What lives side by side at its provider; null where no rotator knows it.</summary>
    public OverlapClass? Overlap { get; init; }

    /// <summary>Who answers for it.</summary>
    public OwnerAnswer? Owner { get; init; }

    /// <summary>True when every source of owners answered: only then "nobody" means nobody.</summary>
    public bool OwnersAsked { get; init; }

    /// <summary>When a person last confirmed that it is needed, and who did.</summary>
    public OwnerWord? Confirmed { get; init; }

    /// <summary>What list rights show of its resource.</summary>
    public SweptResource? Resource { get; init; }

    /// <summary>The reads of it that are known, and the window in which all are.</summary>
    public IReadOnlyList<UseFact> Uses { get; init; } = [];
    public UseWindow? UseKnown { get; init; }

    /// <summary>What its tag <c>nhi-workload</c> names, and what the directory says of that.</summary>
    public string? Workload { get; init; }
    public PrincipalState? WorkloadState { get; init; }

    /// <summary>Other credentials whose current value is the same and should not be, by id.</summary>
    public IReadOnlyList<CredentialId> SameValue { get; init; } = [];

    /// <summary>What the engine's last look found that a person has to act on.</summary>
    public StandingWait? Wait { get; init; }

    /// <summary>True when what waits was listed: only then nothing waits.</summary>
    public bool WaitsKnown { get; init; }

    /// <summary>The newest version, with its id where the list of versions was read.</summary>
    public CredentialVersion Current => Swept.Versions is [.., var newest] ? newest : Swept.Newest;

    /// <summary>True when the list of versions was read at all: a vault's list alone names no version.</summary>
    public bool VersionsKnown => Swept.Versions.Count > 0;

    /// <summary>When the secret was made: its oldest version, or the first time that a sweep saw it.</summary>
    public DateTimeOffset Made => VersionsKnown && Swept.Versions[0].Created < Swept.FirstSeen ? Swept.Versions[0].Created : Swept.Newest.Created < Swept.FirstSeen ? Swept.Newest.Created : Swept.FirstSeen;

    /// <summary>True when a person said that it is for emergencies, so that nobody reads it is as it should be.</summary>
    public bool IsBreakGlass => SignalTags.IsBreakGlass(Swept.Newest.Tags);

    /// <summary>True when there is nothing to be judged: gone, backed by a certificate, or read back as dead.</summary>
    public bool IsOver => Swept.Gone is not null || Swept.Newest.Managed || Swept.Newest.IsDead;
}

/// <summary>Tags by which people tell the sweeps what they cannot see.</summary>
public static class SignalTags
{
    /// <summary><c>true</c>: meant to be unused.</summary>
    public const string BreakGlass = "nhi-break-glass";

    /// <summary>What uses the secret: a managed identity's ARM id, or a service principal's object id or client id.</summary>
    public const string Workload = "nhi-workload";

    public static bool IsBreakGlass(IReadOnlyDictionary<string, string> tags) => tags.TryGetValue(BreakGlass, out var said) && said.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);
}
