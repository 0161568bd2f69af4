using System.Collections.Concurrent;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Emergency;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation.Planning;

namespace Nhi.Governance.Rotation;

/// <summary>Reads a resource afresh: its secrets, what its provider shows, what evidence says. It changes nothing.</summary>
internal sealed class ResourceLooker(ICredentialVault vault, IInventory inventory, IEvidenceLog evidence, IDebts debts, IStaging staging, IFingerprints fingerprints, IPolicySource policies, PolicySubjects subjects)
{
    private const int MostMarks = 10_000;

    /// <summary>
    /// Everything about the resource. Throws <see cref="ExternalCallException"/> when a part that decides cannot be read.
    /// </summary>
    /// <param name="resource">The resource.</param>
    /// <param name="rotator">Its rotator.</param>
    /// <param name="trigger">The credential that led here: it is among the secrets even where the inventory lags.</param>
    /// <param name="memory">What this attempt saw already: nothing is verified twice in one attempt.</param>
    /// <param name="extraMarks">Marks that were written a moment ago.</param>
    /// <param name="firstSeen">When the resource's row was made.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<ResourceLook> LookAsync(GovernedResource resource, IRotator rotator, CredentialId? trigger, AttemptMemory memory, IReadOnlyList<CompromiseMark> extraMarks, DateTimeOffset firstSeen, CancellationToken ct)
    {
        var records = await memory.RecordsAsync(evidence, resource.Id, ct);
        var found = await SecretsAsync(resource, rotator, trigger, memory, ct);
        var live = rotator is ILookBack back ? await back.LookAsync(resource, ct) : null;
        var slots = new Dictionary<string, string>();
        foreach (var slot in live ?? [])
            if (slot.Secret is { } secret)
                slots[slot.Handle] = await fingerprints.OfAsync(secret, ct);

        var policy = await policies.CurrentAsync(ct);
        var secrets = new List<SecretLook>();
        foreach (var (credential, named) in found)
            secrets.Add(await SecretAsync(named, rotator, credential, policy.For(subjects.Of(credential)), live, slots, records, memory, ct));

        var look = new ResourceLook
        {
            Resource = resource,
            Rotator = rotator,
            Secrets = secrets,
            Live = live,
            SlotFingerprints = slots,
            Records = records,
            Marks = await MarksAsync(secrets, records, extraMarks, ct),
            Notes = [],
            StagedAccepted = await StagedAsync(resource, rotator, secrets, live, ct),
            Inventoried = memory.Siblings ?? [],
            OutOfScope = [.. (memory.Siblings ?? []).Select(secret => secret.Id).Where(id => !subjects.IsInScope(id))],
            FirstSeen = firstSeen,
            Unproven = memory.Unproven,
            Now = secrets.Count == 0 ? default : secrets.Max(secret => secret.Credential.Seen),
        };
        if (NeedsNotes(look))
            look = look with { Notes = memory.Notes ??= await debts.OfAsync(resource.Id, ct) };
        look = await WithAcceptedAsync(look, ct);

        // What is refused and never was more than a claim names no credential: nobody's debt waits for it, and it owes none.
        return look with { Secrets = [.. look.Secrets.Select(secret => secret.Verdict.Verification == Verification.Refused && look.OpensNothing(secret) ? secret with { Handles = new Dictionary<string, string>() } : secret)] };
    }

    /// <summary>Where a current value is refused, looks for the newest other version that works.</summary>
    private async Task<ResourceLook> WithAcceptedAsync(ResourceLook look, CancellationToken ct)
    {
        if (look.Rotator is not IVerify verifier || look.Secrets.All(secret => secret.Verdict.Verification != Verification.Refused))
            return look;
        var secrets = new List<SecretLook>();
        foreach (var secret in look.Secrets)
        {
            CredentialVersion? accepted = null;
            foreach (var version in secret.Verdict.Verification == Verification.Refused ? secret.Credential.Versions.SkipLast(1).Reverse() : [])
            {
                if (!version.Enabled || version.IsDead || look.IsMarked(secret, version) || (secret.HandleOf(version) is { } handle && look.IsDead(handle) == true))
                    continue;
                if ((await vault.ReadAsync(secret.Id, version.Version, ct))?.Value is not { } value)
                    continue;
                var published = look.Rotator.Read(look.Resource, value);
                if (look.IsMarkedValue(await fingerprints.OfAsync(published.Secret, ct)))
                    continue;
                var place = secret.HandleOf(version) is { } known ? Handle.Place(known) : published.Handle;
                if ((await verifier.VerifyAsync(look.Resource, place, published.Secret, ct)).Verification != Verification.Accepted)
                    continue;
                accepted = version;
                break;
            }

            secrets.Add(secret with { NewestAccepted = accepted });
        }

        return look with { Secrets = secrets };
    }

    /// <summary>The secrets whose newest version says that it opens this resource. One whose vault left the scope stops no other: it is not read.</summary>
    private async Task<IReadOnlyList<(Credential Credential, GovernedResource Named)>> SecretsAsync(GovernedResource resource, IRotator rotator, CredentialId? trigger, AttemptMemory memory, CancellationToken ct)
    {
        var ids = new SortedSet<CredentialId>((memory.Siblings ??= await inventory.OwnedSecretsOfAsync(resource.Id, ct)).Select(secret => secret.Id).Where(subjects.IsInScope));
        if (trigger is { } leading)
            ids.Add(leading);
        var found = new List<(Credential, GovernedResource)>();
        foreach (var id in ids)
        {
            if (await ReadAsync(id, memory, ct) is { } credential && subjects.ResourceOf(credential, out var named) == rotator && named!.Id == resource.Id)
                found.Add((credential, named));
        }

        return found;
    }

    /// <summary>
    /// One version list, and a read: a list lags, and versions of one second stand in it in no order. What the read shows is current, and as it is. A list that this attempt read after its own publication shows what it needs.
    /// </summary>
    private async Task<Credential?> ReadAsync(CredentialId id, AttemptMemory memory, CancellationToken ct)
    {
        if (memory.Take(id) is { } kept)
            return Credential.Of(id, kept);
        var list = memory.Complete(id, await vault.ListVersionsAsync(id, ct));
        if (Credential.Of(id, list) is not { } listed)
            return null;
        if (await vault.ReadAsync(id, null, ct) is not { } current || (current.Value is null && listed.Current.Enabled && !listed.IsTied))
            throw new ExternalCallException($"The list of {id.Name} lags: it does not show yet that the current version is disabled, or gone.", mayHaveHappened: false, transient: true, code: "ListLags");
        if (current.Value is not null)
            memory.Values[current.Version.Version] = current.Value;
        return Credential.Of(id, list.With(current.Version), current.Version.Version);
    }

    private async Task<SecretLook> SecretAsync(
        GovernedResource resource, IRotator rotator, Credential listed, EffectivePolicy policy, IReadOnlyList<LiveCredential>? live,
        Dictionary<string, string> slots, IReadOnlyList<IndexedRecord> records, AttemptMemory memory, CancellationToken ct)
    {
        var fingerprints = new Dictionary<string, string>();
        foreach (var version in Dying(listed, policy).Append(listed.Current))
            await ValueAsync(resource, rotator, listed.Id, version, fingerprints, memory, ct);
        var credential = listed.Disowning(version => version.Nhi?.Handle is { } told and not Handle.Unknown && !Fits(resource, rotator, told, fingerprints.GetValueOrDefault(version.Version)));
        var published = await ValueAsync(resource, rotator, credential.Id, credential.Current, fingerprints, memory, ct);
        var handles = new Dictionary<string, string>();
        foreach (var version in credential.Versions)
        {
            var handle = Told(credential.Id, version, records, told => Fits(resource, rotator, told, fingerprints.GetValueOrDefault(version.Version))) ?? await HintAsync(resource, rotator, credential.Id, version, live, slots, fingerprints, memory, ct);
            if (handle is not null)
                handles[version.Version] = handle;
        }

        return new SecretLook
        {
            Credential = credential,
            Policy = policy,
            Environment = resource.Environment,
            Value = published is null ? null : memory.Values[credential.Current.Version],
            Secret = published?.Secret,
            Fingerprints = fingerprints,
            Verdict = await VerdictAsync(resource, rotator, credential, published, handles, memory, ct),
            Handles = handles,
            Ends = handles.TryGetValue(credential.Current.Version, out var held) ? live?.FirstOrDefault(candidate => candidate.Handle == held)?.Expires : null,
        };
    }

    /// <summary>Superseded versions whose end is near: what dies is compared with what is published, where both can be read.</summary>
    private static IEnumerable<CredentialVersion> Dying(Credential credential, EffectivePolicy policy)
    {
        var due = policy.Enforced ? Debt.Of(credential, policy, version => version.Nhi?.Handle).Where(debt => debt.Due <= credential.Seen).SelectMany(debt => debt.Versions) : [];
        return credential.Versions.SkipLast(1).Where(version => version.MarkRecord is not null && !version.IsDead).Union(due);
    }

    /// <summary>False when the resource cannot have such a handle, or it names a slot's value that is not the version's.</summary>
    private static bool Fits(GovernedResource resource, IRotator rotator, string handle, string? fingerprint) =>
        rotator.CanHave(resource, handle) && !(resource.Overlap == OverlapClass.DualSlot && fingerprint is not null && Handle.Fingerprint(handle) != fingerprint);

    /// <summary>What a version holds, and its fingerprint among those that are known; null when it is disabled or gone.</summary>
    private async Task<PublishedValue?> ValueAsync(GovernedResource resource, IRotator rotator, CredentialId id, CredentialVersion version, Dictionary<string, string> known, AttemptMemory memory, CancellationToken ct)
    {
        if (!version.Enabled)
            return null;
        if (!memory.Values.TryGetValue(version.Version, out var value))
        {
            if ((await vault.ReadAsync(id, version.Version, ct))?.Value is not { } read)
                return null;
            memory.Values[version.Version] = value = read;
        }

        var published = rotator.Read(resource, value);
        known[version.Version] = await fingerprints.OfAsync(published.Secret, ct);
        return published;
    }

    private static async Task<Verdict> VerdictAsync(
        GovernedResource resource, IRotator rotator, Credential credential, PublishedValue? published, Dictionary<string, string> handles, AttemptMemory memory, CancellationToken ct)
    {
        if (rotator is not IVerify verifier)
            return Verdict.Accepted with { Why = "nothing to verify against" };
        if (published is null)
            return new Verdict(Verification.Unknown, "the current version is disabled");
        if (memory.Verdicts.TryGetValue(credential.Current.Version, out var earlier))
            return earlier;
        var place = handles.TryGetValue(credential.Current.Version, out var handle) && handle != Handle.Unknown ? Handle.Place(handle) : published.Handle;
        return memory.Verdicts[credential.Current.Version] = await verifier.VerifyAsync(resource, place, published.Secret, ct);
    }

    /// <summary>The handle as the version's own tag tells it, else the outcome that published the version, else a person.</summary>
    private static string? Told(CredentialId id, CredentialVersion version, IReadOnlyList<IndexedRecord> records, Func<string, bool> fits) =>
        version.Nhi?.Handle is { } tagged and not Handle.Unknown
            ? tagged
            : records.FirstOrDefault(record => record.Version == version.Version && record.Credential == id.ToString() && record.Handle is { } handle && fits(handle) && record.Stage != RecordStage.Intent)?.Handle
              ?? version.Nhi?.Handle;

    /// <summary>The handle as the provider hints at it: the slot that holds the value, the key whose first characters fit, the user that the value names.</summary>
    private async Task<string?> HintAsync(
        GovernedResource resource, IRotator rotator, CredentialId id, CredentialVersion version,
        IReadOnlyList<LiveCredential>? live, Dictionary<string, string> slots, Dictionary<string, string> known, AttemptMemory memory, CancellationToken ct)
    {
        if (resource.Overlap == OverlapClass.Retire)
            return null;
        if (resource.Overlap == OverlapClass.Cutover)
            return resource.Handles[0];
        if (await ValueAsync(resource, rotator, id, version, known, memory, ct) is not { } published)
            return null;
        var fingerprint = known[version.Version];
        return resource.Overlap switch
        {
            OverlapClass.DualSlot => slots.Where(slot => slot.Value == fingerprint).Select(slot => slot.Key).ToList() switch
            {
                [var only] => Handle.OfSlot(only, fingerprint),
                [] when slots.Count == resource.Handles.Count => Handle.OfSlot(Handle.Nowhere, fingerprint),
                _ => null,
            },
            OverlapClass.Pair => published.Handle is { } role && resource.Handles.Contains(role) ? role : null,
            _ => live?.Where(candidate => candidate.Hint is { Length: > 0 } hint && published.Secret.Reveal().StartsWith(hint, StringComparison.Ordinal)).ToList() is [var match] ? match.Handle : null,
        };
    }

    /// <summary>Marks by their record, which nobody can change.</summary>
    private readonly ConcurrentDictionary<string, CompromiseMark> _marks = new(StringComparer.Ordinal);

    private async Task<IReadOnlyList<CompromiseMark>> MarksAsync(List<SecretLook> secrets, IReadOnlyList<IndexedRecord> records, IReadOnlyList<CompromiseMark> extra, CancellationToken ct)
    {
        var paths = records.Where(record => record.Stage == RecordStage.Intent && record.Action == Verbs.Action(Verbs.Emergency)).Select(record => record.Path)
            .Concat(secrets.SelectMany(secret => secret.Credential.Versions).Select(version => version.MarkRecord).OfType<string>())
            .Except(extra.Select(mark => mark.Record))
            .Distinct(StringComparer.Ordinal);
        var marks = new List<CompromiseMark>(extra);
        foreach (var path in paths)
            if (await MarkAsync(path, secrets, ct) is { } mark)
                marks.Add(mark);
        return marks;
    }

    private async Task<CompromiseMark?> MarkAsync(string path, List<SecretLook> secrets, CancellationToken ct)
    {
        if (_marks.TryGetValue(path, out var known))
            return known;
        ReadRecord? read;
        try
        {
            read = await evidence.ReadAsync(path, ct);
        }
        catch (ExternalCallException) when (secrets.SelectMany(secret => secret.Credential.Versions).Where(version => version.MarkRecord == path).ToList() is { Count: > 0 } marked && marked.TrueForAll(version => version.IsDead))
        {
            // An emergency of the past: what it marked is dead, and a repair must not wait for the account that tells of it.
            return null;
        }

        if (read is null || CompromiseMark.Of(read.Record, path) is not { } mark)
            return null;
        if (_marks.Count >= MostMarks)
            _marks.Clear();
        return _marks[path] = mark;
    }

    /// <summary>Notes say what a person holds back and since when a leftover is seen: nothing that is due now is decided without them.</summary>
    private static bool NeedsNotes(ResourceLook look) =>
        look.Marks.Count > 0
        || LeftoverPlanner.Seen(look).Count > 0
        || look.Secrets.Any(secret => secret.Policy.OnExpired == ExpiredAction.Revoke && secret.Current.Expires <= look.Now)
        || RevocationPlanner.Debts(look).Any(debt => debt.Due <= look.Now);

    /// <summary>Staged values of the rotations that are next, where their principal accepts them: what an earlier attempt set and nobody published.</summary>
    private async Task<IReadOnlyDictionary<string, SecretMaterial>> StagedAsync(GovernedResource resource, IRotator rotator, List<SecretLook> secrets, IReadOnlyList<LiveCredential>? live, CancellationToken ct)
    {
        var accepted = new Dictionary<string, SecretMaterial>();
        if (resource.Overlap is not (OverlapClass.Pair or OverlapClass.Cutover) || rotator is not IVerify verifier)
            return accepted;
        foreach (var secret in secrets)
        {
            var target = resource.Overlap == OverlapClass.Cutover ? resource.Handles[0] : resource.Handles.FirstOrDefault(handle => handle != secret.CurrentHandle);
            var worth = resource.Overlap == OverlapClass.Cutover
                ? secret.Verdict.Verification != Verification.Accepted
                : live?.Any(candidate => candidate.Handle == target && candidate.Open) == true && !secrets.Any(other => other.Credential.Versions.Any(version => !version.IsDead && other.HandleOf(version) == target));
            if (!worth || secret.Credential.IsQuarantined || await staging.ReadAsync(secret.NextRotation, ct) is not { } value)
                continue;
            if ((await verifier.VerifyAsync(resource, target, value, ct)).Verification == Verification.Accepted)
                accepted[secret.NextRotation] = value;
        }

        return accepted;
    }
}
