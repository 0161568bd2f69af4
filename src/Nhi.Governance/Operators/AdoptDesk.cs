using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary>
/// <c>nhi adopt</c>: a person knows what nobody could find out. The handle of a version that others made, or that a slot or principal is free.
/// What is named is checked against the provider as far as it can be: a slip here would kill the wrong thing.
/// </summary>
public sealed class AdoptDesk
{
    private readonly OperatorTargets _targets;
    private readonly ResourceLooker _looker;
    private readonly ResourceRows _rows;
    private readonly ICredentialVault _vault;
    private readonly IInventory _inventory;
    private readonly IFingerprints _fingerprints;
    private readonly IEvidenceLog _evidence;
    private readonly HeldRows _held;

    internal AdoptDesk(OperatorTargets targets, ResourceLooker looker, ResourceRows rows, ICredentialVault vault, IInventory inventory, IFingerprints fingerprints, IEvidenceLog evidence, HeldRows held) =>
        (_targets, _looker, _rows, _vault, _inventory, _fingerprints, _evidence, _held) = (targets, looker, rows, vault, inventory, fingerprints, evidence, held);

    /// <summary>A secret that opens this resource, or null where the inventory knows none.</summary>
    public async Task<CredentialId?> SecretOfAsync(string resource, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(resource) ? null : (await _inventory.SecretsOfAsync(new ResourceId(resource.Trim()), ct)).Select(id => (CredentialId?)id).FirstOrDefault();

    /// <summary>
    /// Names the handle of a version (of the only one without a handle when <paramref name="version"/> is null), under the resource's row: intent, tag, outcome.
    /// For slots the slot alone will do: its fingerprint is taken of the version's value. Throws <see cref="OperatorRefusedException"/>, <see cref="RowHeldException"/>, <see cref="EvidenceRefusedException"/>,
    /// <see cref="ExternalCallException"/> (with a lost answer the row stays open, and its next holder says what became of it).
    /// </summary>
    public async Task<Adoption> NameHandleAsync(CredentialId id, string? version, string handle, OperatorRequest request, CancellationToken ct)
    {
        var target = await _targets.FindGovernedAsync(id, ct);
        if (target.Resource.Overlap is OverlapClass.Retire or OverlapClass.Cutover)
            throw new OperatorRefusedException($"{id} has no handle to be named: {(target.Resource.Overlap == OverlapClass.Retire ? "nothing lives at a provider" : "it opens one principal, which is known")}.");
        var hold = await _held.TryAsync(() => _rows.TakeAsync(target.Resource.Id, _rows.LeaseOf(target.Rotator.Kind.SettleWindow), id, row => row with { Trigger = request.What }, ct), ct);
        try
        {
            if (hold!.Row.Unproven)
                throw new OperatorRefusedException("The tables are not whole (the marker row is missing), so nothing has effects. Run nhi rebuild, then try again.");
            var look = await _looker.LookAsync(target.Resource, target.Rotator, id, new AttemptMemory(), [], hold.Row.FirstSeen, ct);
            var secret = look.Secrets.FirstOrDefault(secret => secret.Id == id) ?? throw new OperatorRefusedException($"{id} changed while it was looked at. Try again.");
            var chosen = Choose(secret, version);
            var whole = await CheckAsync(look, secret, chosen, handle.Trim(), ct);
            var adoption = await TagAsync(hold, look, secret, chosen, whole, request, ct);
            await hold.CloseAsync(ct);
            return adoption;
        }
        catch (OperatorRefusedException)
        {
            await hold!.CloseAsync(ct);
            throw;
        }
    }

    /// <summary>
    /// Says that nobody uses a slot or principal: records what it holds now, so that the next rotation may take it as long as it holds that. Has no effect of its own. Throws as <see cref="NameHandleAsync"/>.
    /// </summary>
    public async Task<Adoption> NameFreeAsync(CredentialId id, string place, OperatorRequest request, CancellationToken ct)
    {
        var target = await _targets.FindGovernedAsync(id, ct);
        if (target.Resource.Overlap is not (OverlapClass.DualSlot or OverlapClass.Pair))
            throw new OperatorRefusedException($"{target.Resource.Id} has neither slots nor two principals: nothing there can be free.");
        if (!target.Resource.Handles.Contains(place))
            throw new OperatorRefusedException($"{target.Resource.Id} has no such place. It has: {string.Join(", ", target.Resource.Handles)}.");
        var look = await _looker.LookAsync(target.Resource, target.Rotator, id, new AttemptMemory(), [], DateTimeOffset.MinValue, ct);
        var present = Present(look, place);
        var handle = look.Overlap == OverlapClass.DualSlot ? Handle.OfSlot(place, present) : place;
        foreach (var secret in look.Secrets)
            if (secret.Credential.Versions.LastOrDefault(version => !version.IsDead && secret.HandleOf(version) == handle) is { } carrier)
                throw new OperatorRefusedException($"{place} is not free: {secret.Id} version {carrier.Version} carries what it holds. Wait until that is revoked.");
        var record = await _evidence.WriteAsync(OperatorRecords.Of(Verbs.Adopt, $"{look.Resource.Id}\n{place}", request, look.Now, $"{request.By} says that nobody uses {place} of '{look.Resource.Id}' as it is now{OperatorRecords.Because(request)}.", id) with
        {
            Resource = OperatorRecords.Facts(look.Resource),
            Slots = [new SlotFacts(place, present)],
        }, default, ct);
        return new Adoption(id, look.Resource.Id.Value, null, handle, record.Path);
    }

    private static string Present(ResourceLook look, string place)
    {
        if (look.Overlap == OverlapClass.DualSlot)
            return look.SlotFingerprints.TryGetValue(place, out var held) ? held : throw new OperatorRefusedException($"What {place} holds cannot be read at its provider, so nothing can be said of it.");
        var live = look.Live?.FirstOrDefault(candidate => candidate.Handle == place) ?? throw new OperatorRefusedException($"The role {place} does not exist at its provider. Make it, closed.");
        return live.Open ? "open" : Handle.Closed;
    }

    /// <summary>Which version is meant. One that our own rotation made knows its handle; one that others made may be corrected.</summary>
    private static CredentialVersion Choose(SecretLook secret, string? version)
    {
        if (version is null)
            return secret.Credential.Versions.Where(candidate => !candidate.IsDead && secret.HandleOf(candidate) is null).ToList() switch
            {
                [var one] => one,
                [] => throw new OperatorRefusedException($"Every version of {secret.Id} that lives has a handle. To correct one, name it with --version."),
                var several => throw new OperatorRefusedException($"{several.Count} versions of {secret.Id} have no handle: {string.Join(", ", several.Select(candidate => candidate.Version))}. Name one with --version."),
            };
        var chosen = secret.Credential.Versions.FirstOrDefault(candidate => candidate.Version == version) ?? throw new OperatorRefusedException($"{secret.Id} has no such version. nhi show {secret.Id} lists them.");
        if (chosen.IsDead)
            throw new OperatorRefusedException($"Version {chosen.Version} is marked dead. Nothing about it can be named any more.");
        return chosen.Nhi?.Rotation is not null && secret.HandleOf(chosen) is not null
            ? throw new OperatorRefusedException($"Version {chosen.Version} was made by a rotation of ours, which knows its handle.")
            : chosen;
    }

    /// <summary>The whole handle, checked against the provider.</summary>
    private async Task<string> CheckAsync(ResourceLook look, SecretLook secret, CredentialVersion version, string handle, CancellationToken ct)
    {
        if (look.Overlap == OverlapClass.Multi)
        {
            var live = look.Live?.FirstOrDefault(candidate => candidate.Handle == handle)
                ?? throw new OperatorRefusedException($"Its provider has nothing by that handle. It has: {Shown(look.Live?.Select(candidate => candidate.Handle))}.");
            if (live.Hint is { Length: > 0 } hint && await SecretOfAsync(look, secret.Id, version, ct) is { } value && !value.Reveal().StartsWith(hint, StringComparison.Ordinal))
                throw new OperatorRefusedException($"{handle} is not what version {version.Version} holds: its provider shows another beginning.");
            return handle;
        }

        var place = Handle.Place(handle);
        if (!look.Resource.Handles.Contains(place))
            throw new OperatorRefusedException($"{look.Resource.Id} has no such place. It has: {string.Join(", ", look.Resource.Handles)}.");
        if (look.Overlap == OverlapClass.Pair)
            return place;
        if (await SecretOfAsync(look, secret.Id, version, ct) is { } held)
        {
            var fingerprint = await _fingerprints.OfAsync(held, ct);
            return Handle.Fingerprint(handle) is { } said && said != fingerprint
                ? throw new OperatorRefusedException($"Version {version.Version} holds another value than that fingerprint says. Name the slot alone: {place}.")
                : Handle.OfSlot(place, fingerprint);
        }

        return Handle.Fingerprint(handle) is { Length: 26 } whole && whole.All(char.IsAsciiLetterOrDigit)
            ? handle
            : throw new OperatorRefusedException($"Version {version.Version} is disabled, so its value cannot be read. Name the slot with its fingerprint ({place}:FINGERPRINT), or enable the version for a moment.");
    }

    private async Task<SecretMaterial?> SecretOfAsync(ResourceLook look, CredentialId id, CredentialVersion version, CancellationToken ct) =>
        version.Enabled && (await _vault.ReadAsync(id, version.Version, ct))?.Value is { } value ? look.Rotator.Read(look.Resource, value).Secret : null;

    private async Task<Adoption> TagAsync(RowHold hold, ResourceLook look, SecretLook secret, CredentialVersion version, string handle, OperatorRequest request, CancellationToken ct)
    {
        var op = RotationId.Op(version.Version, Verbs.Adopt, hold.Start, hold.Fence);
        var outcome = OperatorRecords.Of(Verbs.Adopt, version.Version, request, hold.Start, $"{request.By} named what '{secret.Id.Name}' version {version.Version} opens{OperatorRecords.Because(request)}.", secret.Id) with
        {
            Op = op,
            Fence = hold.Fence,
            Credential = new CredentialFacts(secret.Id.ToString(), look.Rotator.Kind.Name, secret.Id.Name, handle),
            Resource = OperatorRecords.Facts(look.Resource),
            Change = new ChangeFacts(OperatorRecords.Facts(version, secret.HandleOf(version)), OperatorRecords.Facts(version, handle)),
        };
        var intent = OperatorRecords.AsIntent(outcome, $"About to name what '{secret.Id.Name}' version {version.Version} opens, as {request.By} says{OperatorRecords.Because(request)}.") with { Change = new ChangeFacts(outcome.Change!.Before) };
        var path = _evidence.PathOf(intent);
        await hold.BeginAsync(op, Verbs.Adopt, version.Version, secret.Id, path, BackOffs.Next(null, hold.Now, op, urgent: false), ct);
        var written = await _evidence.WriteAsync(intent, default, ct);
        if (written.Path != path)
            hold.Moved(path, written.Path);
        await hold.RenewAsync("tag", ct);
        var tag = secret.Credential.TagOf(version) with { Op = op, Handle = handle };
        await _vault.UpdateAsync(secret.Id, version.Version, new VersionUpdate { Tags = new Dictionary<string, string>(version.Tags) { [NhiTag.Name] = tag.ToText() } }, ct);
        var record = await _evidence.WriteAsync(outcome with { Intent = written }, default, ct);
        hold.Closed(written.Path, record.Path, BackOffs.Key(Verbs.Adopt, version.Version));
        return new Adoption(secret.Id, look.Resource.Id.Value, version.Version, handle, record.Path);
    }

    private static string Shown(IEnumerable<string>? handles) => handles?.Take(10).ToList() is { Count: > 0 } some ? string.Join(", ", some) : "nothing";
}
