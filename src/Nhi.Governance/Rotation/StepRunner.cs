using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;

namespace Nhi.Governance.Rotation;

/// <summary>
/// Carries out the steps of one plan. Every mint, publication, kill and tag is preceded by a renewal of the row, once whoever sends it has all that it needs. It returns an outcome for whatever it had an answer to;
/// what it looked at too long ago it looks at again before it changes anything; a lost answer (<see cref="ExternalCallException.MayHaveHappened"/>) and a lost row leave as exceptions.
/// </summary>
internal sealed class StepRunner(ICredentialVault vault, IStaging staging, IFingerprints fingerprints, TimeProvider clock, LeaseScale scale)
{
    private static readonly TimeSpan BetweenVerifications = TimeSpan.FromSeconds(2);
    private static readonly Outcome Changed = new Outcome.Retry("overtaken", new OvertakenException().Message);

    public async Task<Outcome> RunAsync(Plan plan, string op, RowHold hold, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        foreach (var step in plan.Steps)
        {
            Outcome? stopped;
            try
            {
                stopped = await StepAsync(step, plan, op, hold, progress.Look, progress, memory, ct);
            }
            catch (ExternalCallException e) when (!e.MayHaveHappened)
            {
                stopped = e.Transient ? new Outcome.Retry(e.Code ?? "unavailable", e.Message) : new Outcome.Blocked(e.Code ?? "refused", e.Message);
            }
            catch (OvertakenException)
            {
                stopped = Changed;
            }

            if (stopped is null)
                continue;
            await HoldsAsync(plan, progress.Look, progress, ct);
            return (step is PublishVersion || (step is VerifyValue && plan.Mints)) && progress.CutOver ? await SetBackAsync(plan, hold, progress.Look, stopped, progress, memory, ct) : stopped;
        }

        await HoldsAsync(plan, progress.Look, progress, ct);
        return new Outcome.Ok();
    }

    /// <summary>
    /// Renews the row for what is sent at once. A row that nobody took says nothing of people: what was looked at too long ago is looked at again, and the plan has to be what would be planned now.
    /// A look that took half a lease was no look: somebody slept in it.
    /// </summary>
    private static HoldFence Fence(string step, RowHold hold, Progress progress, AttemptMemory memory) => new(hold, step, async ct =>
    {
        await hold.RenewAsync(step, ct);
        if (!memory.IsOlderThan(AttemptMemory.Fresh, hold.Latest))
            return;
        await progress.LookAgainAsync(ct);
        if (progress.Overtaken)
            throw new OvertakenException();
        await hold.RenewAsync(step, ct);
        progress.Overtaken = memory.IsOlderThan(Longest(hold), hold.Latest);
        if (progress.Overtaken)
            throw new OvertakenException();
    });

    private static TimeSpan Longest(RowHold hold) => hold.Row.Lease / 2 > AttemptMemory.Fresh ? hold.Row.Lease / 2 : AttemptMemory.Fresh;

    /// <summary>The same before a publication, which hits nobody at the provider: the value still works (to verify it took minutes, or this instance slept after it), and it supersedes what it was made to supersede.</summary>
    private async Task<(Outcome? Stopped, CredentialVersion Current)> ReadyToPublishAsync(SecretLook target, Plan plan, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        await hold.RenewAsync("publish", ct);
        if (!memory.IsOlderThan(AttemptMemory.Fresh, hold.Latest))
            return (null, target.Current);
        if (hold.Latest - progress.Verified > AttemptMemory.Fresh && await VerifyAsync(plan, hold, look, progress, ct) is { } refused)
            return (refused, target.Current);
        var asked = hold.Now;
        if (await StillCurrentAsync(target, ct) is not { } current)
            return (Changed, target.Current);
        await hold.RenewAsync("publish", ct);
        return (hold.Latest - asked > Longest(hold) ? Changed : null, current);
    }

    /// <summary>
    /// The current version as a read shows it now, with the tags it has now; null when others published, disabled or deleted meanwhile. What would be published supersedes what this attempt saw, and nothing else.
    /// </summary>
    private async Task<CredentialVersion?> StillCurrentAsync(SecretLook seen, CancellationToken ct) =>
        await vault.ReadAsync(seen.Id, null, ct) is { Version: var now } && now.Version == seen.Current.Version && now.Enabled == seen.Current.Enabled ? now : null;

    private Task<Outcome?> StepAsync(PlanStep step, Plan plan, string op, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct) => step switch
    {
        StageValue stage => StageAsync(stage, plan, hold, look, progress, ct),
        ChooseNew => Done(() => progress.Secret = ((IChooseValue)look.Rotator).Choose(plan.Resource, plan.Before.Tags)),
        MintSecret mint => MintAsync(mint, plan, hold, look, progress, memory, ct),
        TakeSlot take => TakeSlotAsync(take, look, progress, ct),
        TakeStaged take => Done(() => (progress.Secret, progress.Place, progress.CutOver) = (look.StagedAccepted[take.Rotation], take.Principal, look.Overlap == OverlapClass.Cutover)),
        TakeVersion take => TakeVersionAsync(take, look, progress, ct),
        SetPublished set => SetPublishedAsync(set, plan, hold, look, progress, memory, ct),
        VerifyValue => VerifyAsync(plan, hold, look, progress, ct),
        PublishVersion publish => PublishAsync(publish, plan, op, hold, look, progress, memory, ct),
        LookBackAt back => LookBackAsync(back, plan, op, look, progress, memory, ct),
        KillHandle kill => KillAsync(kill, plan, hold, look, progress, memory, ct),
        ProveDead prove => ProveDeadAsync(prove, plan, look, progress, ct),
        BuryVersion bury => BuryAsync(bury, hold, op, progress, memory, ct),
        StampVersion stamp => StampAsync(stamp, hold, op, progress, memory, ct),
        _ => throw new InvalidOperationException($"No step is called {step.GetType().Name}."),
    };

    private static Task<Outcome?> Done(Action action)
    {
        action();
        return Task.FromResult<Outcome?>(null);
    }

    /// <summary>A value that stands under this rotation already is used again: an earlier attempt may have set it.</summary>
    private async Task<Outcome?> StageAsync(StageValue stage, Plan plan, RowHold hold, ResourceLook look, Progress progress, CancellationToken ct)
    {
        // The index may lag for hours and the row may be new: either of them knows of an earlier attempt.
        var tried = hold.Row.BackOff.GetValueOrDefault(plan.Key) is { Tries: > 1 } || look.Records.Any(record => record.Rotation == stage.Rotation);
        var staged = tried ? await staging.ReadAsync(stage.Rotation, ct) : null;
        if (staged is not null && !look.IsMarkedValue(await fingerprints.OfAsync(staged, ct)))
        {
            progress.Secret = staged;
            return null;
        }

        progress.Secret = ((IChooseValue)look.Rotator).Choose(plan.Resource, plan.Before.Tags);

        // A host that slept through its lease must not put its own value over the one that its successor has set already.
        await hold.RenewIfOldAsync("stage", ct);
        var version = await staging.StageAsync(stage.Rotation, plan.Credential, progress.Secret, ct);
        progress.Staged = tried ? null : version;
        return null;
    }

    private static async Task<Outcome?> MintAsync(MintSecret mint, Plan plan, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        var fence = Fence("mint", hold, progress, memory);
        var minted = await ((IMint)look.Rotator).MintAsync(plan.Resource, new MintOrder(mint.DisplayName, mint.Target, progress.Secret, mint.Expires), fence, ct);
        (progress.CutOver, progress.Changed) = (plan.Resource.Overlap == OverlapClass.Cutover, true);
        (progress.Secret, progress.Place, progress.Granted) = (minted.Secret, minted.Handle, minted.Expires);
        return null;
    }

    private static async Task<Outcome?> TakeSlotAsync(TakeSlot take, ResourceLook look, Progress progress, CancellationToken ct)
    {
        var slot = (await ((ILookBack)look.Rotator).LookAsync(look.Resource, ct)).FirstOrDefault(live => live.Handle == take.Slot);
        if (slot?.Secret is null)
            return new Outcome.Retry("slot-unreadable", $"What {take.Slot} holds could not be read.");
        (progress.Secret, progress.Place) = (slot.Secret, take.Slot);
        return null;
    }

    private async Task<Outcome?> TakeVersionAsync(TakeVersion take, ResourceLook look, Progress progress, CancellationToken ct)
    {
        if ((await vault.ReadAsync(take.Credential, take.Version, ct))?.Value is not { } value)
            return new Outcome.Failed("version-unreadable", $"Version {take.Version} of {take.Credential.Name} is disabled or gone.");
        var published = look.Rotator.Read(look.Resource, value);
        (progress.Secret, progress.Place, progress.Exact) = (published.Secret, take.Handle is null ? published.Handle : Handle.Place(take.Handle), value);
        return null;
    }

    private async Task<Outcome?> SetPublishedAsync(SetPublished set, Plan plan, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        if (await TakeVersionAsync(new TakeVersion(set.Credential, set.Version, set.Principal), look, progress, ct) is { } stopped)
            return stopped;
        await ((IMint)look.Rotator).MintAsync(plan.Resource, new MintOrder(RotationId.DisplayName(plan.Subject), set.Principal, progress.Secret, null), Fence("set the published value", hold, progress, memory), ct);
        progress.Changed = true;
        return null;
    }

    /// <summary>Polls within the kind's propagation budget until enough verifications in a row succeed. The row is renewed while it waits.</summary>
    private async Task<Outcome?> VerifyAsync(Plan plan, RowHold hold, ResourceLook look, Progress progress, CancellationToken ct)
    {
        if (look.Rotator is not IVerify verifier)
            return null;
        var kind = look.Rotator.Kind;
        var deadline = clock.GetTimestamp();
        var accepted = 0;
        while (true)
        {
            progress.Verified = hold.Now;
            var verdict = await verifier.VerifyAsync(plan.Resource, progress.Place, progress.Secret!, ct);
            accepted = verdict.Verification == Verification.Accepted ? accepted + 1 : 0;
            if (accepted >= kind.VerificationsNeeded)
                return null;
            if (accepted > 0)
                continue;

            // What lived before this attempt needs no time to spread: one look decides.
            var fresh = plan.Steps.Any(step => step is MintSecret or SetPublished or TakeSlot or TakeStaged);
            if (!fresh || clock.GetElapsedTime(deadline) >= kind.PropagationBudget * scale.Factor)
                return verdict.Verification == Verification.Refused
                    ? new Outcome.Retry("not-accepted", $"The provider does not accept the value: {verdict.Why}.")
                    : new Outcome.Retry("not-verified", $"The value could not be verified: {verdict.Why}.");
            await Task.Delay(BetweenVerifications * scale.Factor, clock, ct);
            await hold.RenewAsync("verify", ct);
        }
    }

    private async Task<Outcome?> PublishAsync(PublishVersion publish, Plan plan, string op, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        var target = look.Secrets.First(secret => secret.Id == publish.Credential);
        var value = progress.Exact ?? look.Rotator.Compose(look.Resource, progress.Secret!, progress.Place, target.Value);
        var handle = look.Overlap switch
        {
            OverlapClass.Retire => null,
            OverlapClass.DualSlot => Handle.OfSlot(progress.Place ?? Handle.Nowhere, await fingerprints.OfAsync(progress.Secret!, ct)),
            _ => progress.Place,
        };
        var (stopped, current) = await ReadyToPublishAsync(target, plan, hold, look, progress, memory, ct);
        if (stopped is not null)
            return stopped;
        var tags = current.Tags.Where(tag => tag.Key is not (NhiTag.Name or NhiTag.MarkName)).ToDictionary(tag => tag.Key, tag => tag.Value);
        tags[NhiTag.Name] = new NhiTag
        {
            Rotation = publish.Rotation,
            Op = op,
            Handle = handle,
            Previous = current.Version,
            OverlapSeconds = (long)publish.Overlap.TotalSeconds,
            Rollback = publish.Rollback,
        }.ToText();
        var version = await vault.PublishAsync(publish.Credential, new Publication
        {
            Value = value,
            Tags = tags,
            ContentType = current.ContentType,
            Expires = progress.Granted is { } granted && (publish.Expires is null || granted < publish.Expires) ? granted : publish.Expires,
            Fence = PublicationFence(target, hold),
        }, ct);
        progress.Changed = true;
        memory.Values[version.Version] = value;
        memory.Made(publish.Credential, version);
        if (publish.Credential == plan.Credential)
            (progress.Published, progress.Handle, progress.CutOver) = (version, handle, false);
        return null;
    }

    /// <summary>The row was renewed a moment ago, before the tags were read that are published; a token that took long makes that an old look.</summary>
    private HoldFence PublicationFence(SecretLook target, RowHold hold) => new(hold, "publish", async ct =>
    {
        if (hold.Latest - hold.Now <= AttemptMemory.Fresh)
            return;
        await hold.RenewAsync("publish", ct);
        if (await StillCurrentAsync(target, ct) is null)
            throw new OvertakenException();
    });

    /// <summary>What is current now is verified, whoever made it: a publication that landed late, or a value that died meanwhile, shows here.</summary>
    private async Task<Outcome?> LookBackAsync(LookBackAt back, Plan plan, string op, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        var list = memory.Complete(back.Credential, await vault.ListVersionsAsync(back.Credential, ct));
        if (Credential.Of(back.Credential, list) is not { } now)
            return new Outcome.Blocked("gone", $"{back.Credential.Name} is gone from its vault after it was published: it was deleted. Recover it, or revoke what it held.");
        if (!now.IsTied)
            memory.Keep(back.Credential, list);
        var before = look.Secrets.First(secret => secret.Id == back.Credential).Credential;
        foreach (var between in now.Versions.Where(version => version.Nhi?.Op != op && before.Versions.All(old => old.Version != version.Version)))
            progress.Notes.Add($"Version {between.Version} of {back.Credential.Name} appeared meanwhile and is not of this attempt.");
        if (look.Rotator is not IVerify verifier || !now.Current.Enabled)
            return null;
        Verdict verdict;
        if (now.Current.Nhi?.Op == op || plan.Steps.Any(step => step is SetPublished))
            verdict = await verifier.VerifyAsync(plan.Resource, progress.Place, progress.Secret!, ct);
        else if ((await vault.ReadAsync(back.Credential, now.Current.Version, ct))?.Value is { } value && look.Rotator.Read(look.Resource, value) is var published)
            verdict = await verifier.VerifyAsync(plan.Resource, Handle.Told(look.Rotator, plan.Resource, now.Current) is { } handle ? Handle.Place(handle) : published.Handle, published.Secret, ct);
        else
            return null;
        memory.Verdicts[now.Current.Version] = verdict;
        return verdict.Verification == Verification.Refused ? new Outcome.Retry("look-back", $"What is current in {back.Credential.Name} is refused: {verdict.Why}. It is repaired next.") : null;
    }

    private static async Task<Outcome?> KillAsync(KillHandle kill, Plan plan, RowHold hold, ResourceLook look, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        await ((IKill)look.Rotator).KillAsync(plan.Resource, Handle.Place(kill.Handle), kill.EndSessions, Fence("kill", hold, progress, memory), ct);
        progress.Changed = true;
        return null;
    }

    private async Task<Outcome?> ProveDeadAsync(ProveDead prove, Plan plan, ResourceLook look, Progress progress, CancellationToken ct)
    {
        if (look.Rotator is not ILookBack back)
            return null;
        var live = await back.LookAsync(plan.Resource, ct);
        var slots = new Dictionary<string, string>();
        foreach (var slot in live)
            if (slot.Secret is { } secret)
                slots[slot.Handle] = await fingerprints.OfAsync(secret, ct);
        return (look with { Live = live, SlotFingerprints = slots }).IsDead(prove.Handle) == true
            ? null
            : new Outcome.Retry("not-dead", $"{Handle.Place(prove.Handle)} was killed and is still alive at its provider.");
    }

    /// <summary>An update writes the whole tag set, as the list showed it. Where nothing at a provider was killed before, this is the kill.</summary>
    private async Task<Outcome?> BuryAsync(BuryVersion bury, RowHold hold, string op, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        if (progress.Look.Overlap == OverlapClass.Retire)
            await Fence("disable", hold, progress, memory).ReadyAsync(ct);
        var look = progress.Look;
        var version = Version(look, bury.Credential, bury.Version);
        var secret = look.Secrets.First(candidate => candidate.Id == bury.Credential);
        var tag = secret.Credential.TagOf(version) with { Op = version.Nhi?.Op ?? op, Dead = true, Handle = secret.HandleOf(version) };
        var tags = FullTags.WithRoom(Tagged(version, tag), version, secret, progress.Notes);
        memory.Made(bury.Credential, await vault.UpdateAsync(bury.Credential, bury.Version, new VersionUpdate { Enabled = false, Tags = tags }, ct));
        progress.Changed = true;
        return null;
    }

    private async Task<Outcome?> StampAsync(StampVersion stamp, RowHold hold, string op, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        await Fence("tag", hold, progress, memory).ReadyAsync(ct);
        var look = progress.Look;
        var version = Version(look, stamp.Credential, stamp.Version);
        var secret = look.Secrets.First(candidate => candidate.Id == stamp.Credential);
        var tag = secret.Credential.TagOf(version) with { Op = op, Handle = stamp.Handle.Length == 0 ? null : stamp.Handle };
        var updated = await vault.UpdateAsync(stamp.Credential, stamp.Version, new VersionUpdate { Expires = stamp.Expires, Tags = Tagged(version, tag) }, ct);
        progress.Changed = true;
        memory.Made(stamp.Credential, updated);
        if (stamp.Version == secret.Current.Version)
            (progress.Published, progress.Handle) = (updated, tag.Handle);
        return null;
    }

    /// <summary>
    /// A cutover that could not be published: consumers hold the old value, so it is set again, unless it is marked, or a person published another one meanwhile. It worked when this attempt began, or,
    /// where an earlier one had set the new value already, when it was published or adopted.
    /// </summary>
    private async Task<Outcome> SetBackAsync(Plan plan, RowHold hold, ResourceLook look, Outcome stopped, Progress progress, AttemptMemory memory, CancellationToken ct)
    {
        var secret = look.Secrets.First(candidate => candidate.Id == plan.Credential);
        if (secret.Secret is null || look.IsMarked(secret, secret.Current) || !(secret.Verdict.Verification == Verification.Accepted || (!plan.Mints && look.IsOurs(secret, secret.Current))))
            return stopped;
        var fence = new HoldFence(hold, "set back", async token =>
        {
            await hold.RenewAsync("set back", token);
            if (memory.IsOlderThan(AttemptMemory.Fresh, hold.Latest) && await IsSupersededAsync(look, token))
                throw new OvertakenException();
        });
        try
        {
            await ((IMint)look.Rotator).MintAsync(plan.Resource, new MintOrder(RotationId.DisplayName(plan.Subject), plan.Target, secret.Secret, null), fence, ct);
            progress.Changed = true;
            progress.Notes.Add("The published value was set again.");
        }
        catch (OvertakenException)
        {
            return stopped;
        }
        catch (ExternalCallException e) when (!e.MayHaveHappened)
        {
            progress.Notes.Add($"The published value could not be set again: {e.Message}");
        }

        return stopped;
    }

    /// <summary>A vault that does not answer shows nothing: consumers are locked out for sure, and a person who rotates in the same minutes is rare.</summary>
    private async Task<bool> IsSupersededAsync(ResourceLook look, CancellationToken ct)
    {
        try
        {
            foreach (var secret in look.Secrets)
                if (await StillCurrentAsync(secret, ct) is null)
                    return true;
        }
        catch (ExternalCallException)
        {
        }

        return false;
    }

    /// <summary>Records what the touched slot or principal holds: what our call returned, else what is read.</summary>
    private async Task HoldsAsync(Plan plan, ResourceLook look, Progress progress, CancellationToken ct)
    {
        if (plan.Target is null || look.Overlap is OverlapClass.Multi or OverlapClass.Retire || progress.Slots.Count > 0 || progress.Overtaken)
            return;
        var place = Handle.Place(plan.Target);
        if (!plan.Kills && progress.Secret is { } secret && progress.Place == place)
        {
            progress.Slots.Add(new SlotFacts(place, await fingerprints.OfAsync(secret, ct)));
            return;
        }

        if (look.Rotator is not ILookBack back)
            return;
        try
        {
            var live = (await back.LookAsync(plan.Resource, ct)).FirstOrDefault(candidate => candidate.Handle == place);
            if (live is not null)
                progress.Slots.Add(new SlotFacts(place, live.Secret is { } present ? await fingerprints.OfAsync(present, ct) : live.Open ? "open" : Handle.Closed));
        }
        catch (ExternalCallException e)
        {
            progress.Notes.Add($"What {place} holds could not be read: {e.Message}");
        }
    }

    private static CredentialVersion Version(ResourceLook look, CredentialId credential, string version) =>
        look.Secrets.First(secret => secret.Id == credential).Credential.Versions.First(candidate => candidate.Version == version);

    private static Dictionary<string, string> Tagged(CredentialVersion version, NhiTag tag) => new(version.Tags) { [NhiTag.Name] = tag.ToText() };
}
