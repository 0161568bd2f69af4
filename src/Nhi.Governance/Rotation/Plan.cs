using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Rotation;

/// <summary>
/// The steps that would carry a decision out. A dry run prints it; execution consumes the same object.
/// </summary>
public sealed record Plan
{
    /// <summary>One of <see cref="Verbs"/>.</summary>
    public required string Verb { get; init; }

    /// <summary>What the attempt is about: <c>R</c>, or the handle that is to die.</summary>
    public required string Subject { get; init; }
    public required CredentialId Credential { get; init; }
    public required GovernedResource Resource { get; init; }
    public required string Kind { get; init; }

    /// <summary>The current version that it starts from.</summary>
    public required CredentialVersion Before { get; init; }

    /// <summary>The handle of <see cref="Before"/>, where it is known.</summary>
    public string? BeforeHandle { get; init; }

    /// <summary>Slot, principal or handle that is changed at the provider; null where there is none.</summary>
    public string? Target { get; init; }
    public required IReadOnlyList<PlanStep> Steps { get; init; }

    /// <summary>Why, for a person and for evidence.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }
    public required EffectivePolicy Policy { get; init; }

    /// <summary>Who answers for it, as a sweep or a person said it last; null where neither did.</summary>
    public OwnerCandidate? Owner { get; init; }

    /// <summary>
    /// True for what must not wait: repairs, marked values, a begun cutover. Windows, freezes, pauses and caps do not bind it, it backs off for 30 minutes at most, and its evidence may fall back to the secondary account.
    /// </summary>
    public bool Urgent { get; init; }

    /// <summary>Since when the handle that is to die is superseded, and when its overlap ends; UTC.</summary>
    public DateTimeOffset? OwedSince { get; init; }
    public DateTimeOffset? OwedUntil { get; init; }

    /// <summary>What a person should know before this runs.</summary>
    public IReadOnlyList<string> Risks { get; init; } = [];

    public bool Mints => Steps.Any(step => step is MintSecret or ChooseNew);

    /// <summary>Where nothing at a provider is killed, disabling the version is what its readers feel.</summary>
    public bool Kills => Steps.Any(step => step is KillHandle || (step is BuryVersion && Resource.Overlap == OverlapClass.Retire));

    /// <summary>True when both do the same to the same things; only ends and overlaps, which move with the clock and the policy, may differ.</summary>
    internal bool DoesAs(Plan other) => Key == other.Key && Target == other.Target && Steps.Select(Timeless).SequenceEqual(other.Steps.Select(Timeless));

    /// <summary>The same as a text of 26 characters, with what decided: what an intent of an earlier try promised is promised for this one where both are equal.</summary>
    internal string Fingerprint() => CrockfordBase32.OfSha256(string.Join('\n', [Key, Credential.ToString(), Before.Version, Target ?? "", Urgent ? "urgent" : "", Policy.Rule, Policy.Sha256, .. Steps.Select(step => Timeless(step).ToString())]));

    private static PlanStep Timeless(PlanStep step) => step switch
    {
        MintSecret mint => mint with { Expires = null },
        PublishVersion publish => publish with { Expires = null, Overlap = TimeSpan.Zero },
        StampVersion stamp => stamp with { Expires = null },
        _ => step,
    };

    /// <summary>Its name for back-off: verb and subject.</summary>
    public string Key => Operations.BackOffs.Key(Verb, Subject);
}
