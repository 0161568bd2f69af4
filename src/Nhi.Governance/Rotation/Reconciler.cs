using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Sweeps.Curtailment;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Rotation;

/// <summary>
/// Closes the intents that earlier attempts left open, with what provider and vault show now. There is no resume code: whoever holds the row says what became of the attempt and then looks afresh.
/// </summary>
internal sealed class Reconciler(ICredentialVault vault, IStaging staging, IFingerprints fingerprints, IEvidenceLog evidence, PolicySubjects subjects, IRoleAssignments assignments, LeaseScale scale)
{
    /// <summary>A row with an unknown outcome, or with a cutover that may land late, stays open this long (real time, scaled).</summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromMinutes(10);
    private readonly Repeats _repeats = new(evidence);

    /// <summary>Closes every open intent that the row and the index know. Returns how many were closed. What it cannot tell stays open.</summary>
    public Task<int> CloseAsync(RowHold hold, GovernedResource resource, IRotator rotator, AttemptMemory memory, CancellationToken ct) => CloseAsync(hold, resource.Id, resource, rotator, memory, ct);

    /// <summary>
    /// The same for a row that no governed secret leads to: of a secret that opens nothing that is known, or of a resource that no secret opens any more.
    /// An intent that covers the tries of a day waits for the end of it, unless <paramref name="ends"/>: what comes now changes what those tries were about.
    /// </summary>
    public async Task<int> CloseAsync(RowHold hold, ResourceId row, GovernedResource? resource, IRotator? rotator, AttemptMemory memory, CancellationToken ct, bool ends = false)
    {
        var parked = hold.Parked;
        var indexed = (await memory.RecordsAsync(evidence, row, ct))
            .Where(record => record is { Stage: RecordStage.Intent, Closed: false } && record.Action != Verbs.Action(Verbs.Emergency))
            .Select(record => record.Path);
        var closed = 0;
        foreach (var path in hold.Row.OpenIntents.Concat(indexed).Distinct(StringComparer.Ordinal).ToList())
        {
            if (path == hold.Pending || parked.Any(waiting => waiting.Roll.Intent == path))
                continue;
            if (await CloseOneAsync(path, hold, resource, rotator, memory, ct))
                closed++;
        }

        foreach (var (key, roll) in parked)
            if ((ends || roll.Until <= hold.Now) && await _repeats.EndAsync(key, hold, memory, ct))
                closed++;
        return closed;
    }

    private async Task<bool> CloseOneAsync(string path, RowHold hold, GovernedResource? resource, IRotator? rotator, AttemptMemory memory, CancellationToken ct)
    {
        ReadRecord? read;
        string? already;
        try
        {
            read = await evidence.ReadAsync(path, ct);
            already = read is null ? null : await evidence.ClosingOfAsync(path, ct);
        }
        catch (ExternalCallException e)
        {
            // The account that holds it does not answer. It stays open; an emergency does not wait for that.
            hold.Unread = e;
            return false;
        }

        if (read is null || already is not null)
        {
            // No intent, no effect, no outcome; or another one closed it.
            hold.Closed(path, already);
            return false;
        }

        var intent = read.Record;
        var orphaned = resource is null && !RemovalVerbs.IsOne(intent.Action);
        if (orphaned)
            (resource, rotator) = await AsItWasAsync(intent, ct);
        var shown = await ShownAsync(intent, resource, rotator, orphaned, ct);
        var closing = Closing(intent, new RecordReference(path, read.Sha256), hold, shown);
        // What nobody can tell closes nothing, and is said once however often somebody looks.
        var record = await evidence.WriteAsync(closing, new WriteRules(MayFallBack: true, FirstWriterWins: shown.What == "unknown"), ct);
        memory.Wrote(closing, record.Path);
        if (resource?.Overlap == OverlapClass.Cutover || shown.What == "unknown")
            hold.Settle(hold.Now + (SettleTime * scale.Factor));
        if (shown.What != "unknown")
            hold.Closed(path, record.Path);
        if (shown.What == "published" && intent.Rotation is { } rotation && resource?.Overlap is (OverlapClass.Pair or OverlapClass.Cutover))
            await PutAwayAsync(rotation, ct);
        return shown.What != "unknown";
    }

    /// <summary>The resource of a secret that is gone, or opens another one by now: by the versions that still name it, else as the intent names it. Nulls where nobody can tell.</summary>
    private async Task<(GovernedResource?, IRotator?)> AsItWasAsync(EvidenceRecord intent, CancellationToken ct)
    {
        if (intent.Credential is not { Kind: { } kind } || intent.Resource?.Id is not { } named || !CredentialId.TryParse(intent.Credential.Id, out var id))
            return default;
        var versions = await ReadableAsync(() => vault.ListVersionsAsync(id, ct));
        foreach (var tags in (versions?.Versions ?? []).Select(version => version.Tags).Append(new Dictionary<string, string> { [PolicySubject.KindTag] = kind, [PolicySubject.ResourceTag] = named }))
            if (subjects.ResourceOf(id, tags, out var resource, out _) is { } rotator && rotator.Kind.Name == kind && resource!.Id == new ResourceId(named))
                return (resource, rotator);
        return default;
    }

    private static async Task<T?> ReadableAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (ExternalCallException)
        {
            return null;
        }
    }

    private async Task PutAwayAsync(string rotation, CancellationToken ct)
    {
        try
        {
            await staging.PutAwayAsync(rotation, only: null, ct);
        }
        catch (ExternalCallException)
        {
            // It stays readable to the rotator alone until it expires; nothing else depends on it.
        }
    }

    private static EvidenceRecord Closing(EvidenceRecord intent, RecordReference reference, RowHold hold, Showing shown) => intent with
    {
        Log = null,
        Path = null,
        Recorded = null,
        Producer = null,
        Late = false,
        Stage = RecordStage.Reconciled,
        Result = shown.What == "unknown" ? "unknown" : "reconciled",
        Shown = shown.What,
        Intent = reference,
        Summary = $"The attempt at '{intent.Credential?.Name}' left no outcome; the next holder of its resource finds: {shown.What}. {shown.Why}",
        Deadline = null,
        Change = new ChangeFacts(intent.Change?.Before, shown.After),
        Credential = intent.Credential! with { Handle = shown.Handle ?? intent.Credential.Handle },
        Slots = shown.Slots,
        Correlation = new CorrelationFacts(Id: hold.Row.Op),
        Decision = Repeats.With(intent.Decision, hold.RollOf(reference.Path).Roll),
    };

    private sealed record Showing(string What, string Why, VersionFacts? After = null, string? Handle = null, IReadOnlyList<SlotFacts>? Held = null)
    {
        public IReadOnlyList<SlotFacts> Slots => Held ?? [];
    }

    private async Task<Showing> ShownAsync(EvidenceRecord intent, GovernedResource? resource, IRotator? rotator, bool orphaned, CancellationToken ct)
    {
        try
        {
            if (intent.Assignment is { } assignment)
                return await CurtailedOrNotAsync(intent, assignment, ct);
            if (RemovalVerbs.IsOne(intent.Action) && (resource is null || rotator is null || !(intent is { Verb: Verbs.Revoke, Credential.Handle: not null })))
                return await RemovedOrNotAsync(intent, ct);
            if (resource is null || rotator is null)
                return intent.Verb is Verbs.Revoke or Verbs.Clean
                    ? new Showing("unknown", "No secret leads to its resource any more, and nobody can say what its provider has.")
                    : await PublishedOrAbsentAsync(intent, [], ct);
            var live = rotator is ILookBack back ? await back.LookAsync(resource, ct) : [];
            var slots = await SlotsAsync(intent, live, ct);
            return intent.Verb is Verbs.Revoke or Verbs.Clean
                ? await DeadOrAliveAsync(intent, resource, live, slots, ct)
                : Left(await PublishedOrAbsentAsync(intent, slots, ct), intent, orphaned ? live : []);
        }
        catch (ExternalCallException e)
        {
            return new Showing("unknown", $"It could not be read: {e.Message}");
        }
    }

    /// <summary>A step of a removal shows in the tags of its versions: a restore where none says quarantine any more, every other one where those that it names bear the attempt; where only some do, the next run goes on.</summary>
    private async Task<Showing> RemovedOrNotAsync(EvidenceRecord intent, CancellationToken ct)
    {
        var id = CredentialId.Parse(intent.Credential!.Id);
        var versions = (await vault.ListVersionsAsync(id, ct)).Versions;
        if (intent.Verb == RemovalVerbs.Delete)
            return versions.Count == 0 ? new Showing("published", "The secret is gone.") : new Showing("absent", "The secret is there.");
        if (intent.Verb == RemovalVerbs.Restore)
            return versions.All(version => RemovalTag.Of(version)?.Step != RemovalStep.Quarantined) ? new Showing("published", "Its versions show it.") : new Showing("absent", "Not all of its versions show it.");
        var named = versions.IntersectBy(RemovalRecords.Named(intent), version => version.Version).ToList();
        // Each of these steps disables what it writes to: where a list shows one enabled and no read gives it, the list lags.
        foreach (var version in named.Where(version => version.Enabled && RemovalTag.Of(version)?.Op != intent.Op))
            if (await vault.ReadAsync(id, version.Version, ct) is not { Value: not null })
                return new Showing("unknown", $"The list of its versions does not show yet that {version.Version} is disabled.");
        var bearing = versions.Count(version => RemovalTag.Of(version)?.Op == intent.Op);
        return bearing == 0 ? new Showing("absent", "No version shows it.")
            : bearing >= named.Count ? new Showing("published", "Its versions show it.")
            : new Showing("partly", $"{bearing} of its {named.Count} versions show it.");
    }

    /// <summary>One that is there and was made after the attempt began was made again: it was gone in between.</summary>
    private async Task<Showing> CurtailedOrNotAsync(EvidenceRecord intent, AssignmentFacts assignment, CancellationToken ct) =>
        await assignments.FindAsync(assignment.Id, ct) is { } there
            ? there.Created > intent.Time ? new Showing("published", "The role assignment was gone, and is there again.") : new Showing("absent", "The role assignment is there.")
            : new Showing("published", "The role assignment is gone.");

    /// <summary>What nobody chases any more is named for a person: no secret leads to it.</summary>
    private static Showing Left(Showing shown, EvidenceRecord intent, IReadOnlyList<LiveCredential> orphans)
    {
        var left = shown.What == "absent" && intent.Rotation is { } rotation
            ? orphans.Where(live => live.DisplayName == RotationId.DisplayName(rotation)).Select(live => live.Handle).ToList()
            : [];
        return left.Count == 0 ? shown : shown with { Why = $"{shown.Why} Its provider has {string.Join(", ", left)} of it, and no secret leads there any more: remove it by hand." };
    }

    private async Task<Showing> PublishedOrAbsentAsync(EvidenceRecord intent, IReadOnlyList<SlotFacts> slots, CancellationToken ct)
    {
        var id = CredentialId.Parse(intent.Credential!.Id);
        var list = await vault.ListVersionsAsync(id, ct);
        var published = Bearing(list);
        // A list lags: what was published a moment ago a read alone shows, where it is allowed.
        if (published is null && await CurrentAsync(id, ct) is { } current)
            published = Bearing(list = list.With(current.Version));
        var versions = list.Versions;
        return published is null
            ? new Showing("absent", versions.Count == 0 ? "The secret is gone." : "No version bears this attempt.", Held: slots)
            : new Showing("published", $"Version {published.Version} bears it.", new VersionFacts(published.Version, published.Expires, published.Enabled ? "active" : "disabled", published.Nhi!.Handle), published.Nhi.Handle, slots);

        CredentialVersion? Bearing(VersionList shown) => Credential.Of(id, shown)?.Versions.LastOrDefault(version => version.Nhi?.Op == intent.Op);
    }

    private async Task<SecretReading?> CurrentAsync(CredentialId id, CancellationToken ct)
    {
        try
        {
            return await vault.ReadAsync(id, null, ct);
        }
        catch (ExternalCallException e) when (!e.Transient)
        {
            return null;
        }
    }

    private async Task<Showing> DeadOrAliveAsync(EvidenceRecord intent, GovernedResource resource, IReadOnlyList<LiveCredential> live, IReadOnlyList<SlotFacts> slots, CancellationToken ct)
    {
        var handle = intent.Credential?.Handle ?? "";
        var found = live.FirstOrDefault(candidate => candidate.Handle == Handle.Place(handle));
        var dead = resource.Overlap switch
        {
            OverlapClass.DualSlot => found?.Secret is { } secret && await fingerprints.OfAsync(secret, ct) != Handle.Fingerprint(handle),
            OverlapClass.Multi => found is null,
            _ => found is null || !found.Open,
        };
        return new Showing(dead ? "dead" : "alive", dead ? "Its provider has it no more." : "Its provider still has it.", Held: slots);
    }

    private async Task<IReadOnlyList<SlotFacts>> SlotsAsync(EvidenceRecord intent, IReadOnlyList<LiveCredential> live, CancellationToken ct)
    {
        var place = intent.Credential?.Handle is { } handle ? Handle.Place(handle) : null;
        var found = live.FirstOrDefault(candidate => candidate.Handle == place && candidate.DisplayName is null);
        if (found is null)
            return [];
        return [new SlotFacts(found.Handle, found.Secret is { } secret ? await fingerprints.OfAsync(secret, ct) : found.Open ? "open" : Handle.Closed)];
    }
}
