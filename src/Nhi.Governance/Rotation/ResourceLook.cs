using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Emergency;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Rotation;

/// <summary>A resource with everything that decides about it, read afresh under its row.</summary>
internal sealed record ResourceLook
{
    public required GovernedResource Resource { get; init; }
    public required IRotator Rotator { get; init; }

    /// <summary>Every secret that opens it.</summary>
    public required IReadOnlyList<SecretLook> Secrets { get; init; }

    /// <summary>What lives at the provider; null for kinds without a provider.</summary>
    public IReadOnlyList<LiveCredential>? Live { get; init; }

    /// <summary>Fingerprints of the slots whose value can be read.</summary>
    public required IReadOnlyDictionary<string, string> SlotFingerprints { get; init; }

    /// <summary>Its records in the index and in this process's memory, newest attempt first.</summary>
    public required IReadOnlyList<IndexedRecord> Records { get; init; }
    public required IReadOnlyList<CompromiseMark> Marks { get; init; }
    public required IReadOnlyList<DebtNote> Notes { get; init; }

    /// <summary>Pair and cutover: rotations of these secrets whose staged value its principal accepts.</summary>
    public required IReadOnlyDictionary<string, SecretMaterial> StagedAccepted { get; init; }

    /// <summary>Those of its secrets that the inventory named.</summary>
    public required IReadOnlyList<OwnedSecret> Inventoried { get; init; }

    /// <summary>Those of them that nobody can look at any more, since their vault left the scope: each may publish whatever its resource has.</summary>
    public IReadOnlyList<CredentialId> OutOfScope { get; init; } = [];

    /// <summary>When the resource was first seen, UTC.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>True while the tables are lost: only what is marked or broken is worked on, and our tags stand in for the index.</summary>
    public bool Unproven { get; init; }

    /// <summary>UTC, governance time, by the service's clock.</summary>
    public required DateTimeOffset Now { get; init; }

    public OverlapClass Overlap => Resource.Overlap;

    /// <summary>Who answers for one of its secrets, as a sweep or a person said it last; null where neither did.</summary>
    public OwnerCandidate? OwnerOf(CredentialId id) => Inventoried.FirstOrDefault(secret => secret.Id == id)?.Owner;

    /// <summary>The fingerprint that every marked value is known by.</summary>
    public bool IsMarkedValue(string fingerprint) => Marks.Any(mark => mark.Fingerprint == fingerprint);

    public bool IsMarked(SecretLook secret, CredentialVersion version) => MarkOf(secret, version) is not null;

    public CompromiseMark? MarkOf(SecretLook secret, CredentialVersion version)
    {
        var handle = secret.HandleOf(version);
        var fingerprint = version.Version == secret.Current.Version ? secret.Fingerprint : handle is null ? null : Handle.Fingerprint(handle);
        return Marks.FirstOrDefault(mark => mark.Names(secret.Id, version.Version, handle, fingerprint, Overlap));
    }

    /// <summary>True when what the handle names is dead, false when it lives, null when nobody can say.</summary>
    public bool? IsDead(string handle)
    {
        if (Live is null)
            return null;
        var live = Live.FirstOrDefault(candidate => candidate.Handle == Handle.Place(handle));
        return Overlap switch
        {
            OverlapClass.Multi => live is null,
            OverlapClass.DualSlot when Handle.Place(handle) == Handle.Nowhere => !SlotFingerprints.Values.Contains(Handle.Fingerprint(handle)),
            OverlapClass.DualSlot => SlotFingerprints.TryGetValue(Handle.Place(handle), out var present) ? present != Handle.Fingerprint(handle) : null,
            OverlapClass.Pair or OverlapClass.Cutover => live is null || !live.Open,
            _ => null,
        };
    }

    /// <summary>
    /// True when this secret once held what opens the resource: a value of it is accepted now, or evidence names one of its versions. Tags are anybody's: else whoever may write some secret
    /// of some vault is given the credential of another team for them. That a value works which was stolen before the secret held it proves nothing.
    /// </summary>
    public bool IsProven(SecretLook secret) =>
        Overlap == OverlapClass.Retire
        || (Accepts(secret) && !(MarkOf(secret, secret.Current) is { } mark && secret.Current.Created > mark.Time))
        || secret.NewestAccepted is not null
        || HeldWhatWasMarked(secret)
        || secret.Credential.Versions.Any(version => IsNamed(secret, version) || (Unproven && version.Nhi?.Op is not null));

    /// <summary>
    /// True when a principal is the resource's own: its provider says so, a value that works names it, or evidence names it as published, adopted or called free. A tag puts any two principals together: else whoever may write
    /// some secret has another team's closed principal opened for it, or the one that they use closed.
    /// </summary>
    public bool Belongs(string handle) =>
        Overlap != OverlapClass.Pair
        || Live?.FirstOrDefault(live => live.Handle == handle) is { Vouched: true }
        || Secrets.Any(secret => (Accepts(secret) && secret.CurrentHandle == handle) || (secret.NewestAccepted is { } works && secret.HandleOf(works) == handle))
        || Records.Any(record => (Tells(record) && record.Handle == handle) || (record.Action == Verbs.Action(Verbs.Adopt) && record.Slots.Any(held => held.Handle == handle)));

    /// <summary>True when it held, before somebody marked it in another secret, the value that a cutover ended for both.</summary>
    private bool HeldWhatWasMarked(SecretLook secret) =>
        secret.Fingerprint is { } value && MarkOf(secret, secret.Current) is { } mark && mark.Credential != secret.Id && mark.Fingerprint == value && secret.Current.Created <= mark.Time;

    /// <summary>True for a secret that only says that it opens the resource: what it holds is refused, or was stolen before, and it never held anything else. Nothing waits for it: else any tag keeps every credential alive.</summary>
    public bool OpensNothing(SecretLook secret) => secret.Verdict.Verification != Verification.Unknown && !IsProven(secret);

    /// <summary>True when evidence says that we published that version of it, that it was verified and adopted, or that a person named what it opens.</summary>
    public bool IsNamed(SecretLook secret, CredentialVersion version) => Records.Any(record => Tells(record) && record.Version == version.Version && record.Credential == secret.Id.ToString());

    /// <summary>True when we made that version; a cutover's evidence names the version of one secret and the attempt of all.</summary>
    public bool IsOurs(SecretLook secret, CredentialVersion version) =>
        IsNamed(secret, version) || (version.Nhi is { Rotation: not null, Op: { } op } && IsProven(secret) && Records.Any(record => Tells(record) && record.Op == op));

    /// <summary>True when what one secret publishes may be published in the other one too: it proved that it opens the same, and no value leaves its environment.</summary>
    public bool MayShare(SecretLook from, SecretLook to) => IsProven(to) && string.Equals(from.Environment, to.Environment, StringComparison.OrdinalIgnoreCase);

    /// <summary>Another secret whose value works and is not marked; null when none does.</summary>
    public SecretLook? OtherThatWorks(SecretLook secret) => Secrets.FirstOrDefault(other => other.Id != secret.Id && Accepts(other) && !IsMarked(other, other.Current));

    private static bool Accepts(SecretLook secret) => secret.Verdict.Verification == Verification.Accepted;

    private static bool Tells(IndexedRecord record) =>
        record.Stage != RecordStage.Intent && record.Version is not null
        && record.Action is "credential.rotate" or "credential.repair" or "credential.follow" or "credential.rollback" or "credential.govern" or "credential.adopt";

    /// <summary>
    /// The secrets whose current version has this handle, or that may hold it: a quarantined secret holds all that its versions hold, an unknown handle may be any.
    /// What a removal gave up for good holds nothing: else two secrets of one handle keep each other's credential alive for ever.
    /// </summary>
    public IEnumerable<SecretLook> Holders(string handle)
    {
        var values = Secrets.SelectMany(secret => secret.Credential.Versions.Where(version => secret.HandleOf(version) == handle).Select(version => secret.Fingerprints.GetValueOrDefault(version.Version))).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return Secrets.Where(secret => !OpensNothing(secret) && (
            secret.Credential.IsQuarantined
                ? secret.Credential.Versions.Any(version => !version.IsDead && !RemovalTag.IsOver(version) && (secret.HandleOf(version) is not { } held || SamePlace(held, handle)))
                : !secret.Current.IsDead && (secret.CurrentHandle is not { } current || SamePlace(current, handle) || (secret.Fingerprint is { } value && values.Contains(value)))));
    }

    /// <summary>In slots and principals whoever holds the place would be hit by a kill; elsewhere the handle is the thing itself.</summary>
    private bool SamePlace(string a, string b) => Overlap == OverlapClass.Multi ? a == b : Handle.Place(a) == Handle.Place(b);
}
