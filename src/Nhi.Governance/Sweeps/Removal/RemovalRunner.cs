using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Rotation;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>
/// Carries one step out: intent, effects, outcome. Each effect is preceded by a renewal of the row. A lost answer leaves as an exception, and the row stays open: its next holder says what became of the attempt.
/// </summary>
internal sealed class RemovalRunner(ICredentialVault vault, IRetiredSecrets retired, IEvidenceLog evidence)
{
    private readonly PromisedStep _steps = new(evidence);

    /// <summary>Whether what has ended can be deleted.</summary>
    public bool Deletes => retired.MayDelete;

    /// <summary>An attempt that waited longer since it looked changes nothing any more: the next run decides by what is then true.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);

    /// <summary>What has no effect on the credential: told, or given up.</summary>
    public async Task<RemovalStepDone> SayAsync(RowHold hold, RemovalTarget target, RemovalMove move, Trigger trigger, CancellationToken ct)
    {
        var (id, look, told) = (target.Look.Credential.Id, target.Look, move.Verb == RemovalVerbs.Tell);
        var until = hold.Start + look.Policy.QuarantineAfter;
        var summary = told
            ? $"'{id.Name}' is neglected ({move.Why}). It is put into quarantine after {until:yyyy-MM-dd HH:mm}Z unless somebody keeps it or uses it."
            : $"The removal of '{id.Name}' is given up: {move.Why}.";
        var record = RemovalRecords.Of(move.Verb!, RotationId.Op(id.ToString(), move.Verb!, hold.Start, hold.Fence), target, hold, trigger, summary, [move.Why ?? ""]) with { NotBefore = told ? until : null };
        await hold.RenewAsync(move.Verb!, ct);
        var written = await evidence.WriteAsync(record, default, ct);
        return new RemovalStepDone("ok", written.Path, move.Why)
        {
            History = told ? new RemovalHistory { Told = new RemovalNotice(hold.Start, until, written.Path) } : new RemovalHistory { Dropped = hold.Start },
        };
    }

    public async Task<RemovalStepDone> RunAsync(RowHold hold, RemovalTarget target, RemovalAttempt attempt, Trigger trigger, RemovalRevocation revocation, CancellationToken ct)
    {
        var id = target.Look.Credential.Id;
        var op = RotationId.Op(id.ToString(), attempt.Verb, hold.Start, hold.Fence);
        var backOff = BackOffs.Next(hold.Row.BackOff.GetValueOrDefault(BackOffs.Key(attempt.Verb, id.ToString())), hold.Now, op, urgent: attempt.Verb == RemovalVerbs.Restore);
        var updates = attempt.Updates(op);
        var credential = target.Look.Credential;
        var (outcome, record) = await _steps.RunAsync(
            hold,
            new Promise(op, attempt.Verb, id.ToString(), id, backOff, Common(hold, target, attempt, op, updates, backOff, trigger), Phrase(attempt, id), attempt.Why),
            new WriteRules(MayFallBack: attempt.Verb is RemovalVerbs.Restore or RemovalVerbs.Revoke),
            async _ =>
            {
                (var done, credential) = await EffectsAsync(hold, target, attempt, op, updates, revocation, ct);
                return done;
            },
            () => Summary(attempt, target, updates.Count),
            ct);
        return new RemovalStepDone(outcome.Result, record, outcome.Error?.Message ?? attempt.Why)
        {
            Credential = credential,
            History = attempt.Verb == RemovalVerbs.Restore && outcome is Outcome.Ok ? new RemovalHistory { Restored = hold.Start } : RemovalHistory.Nothing,
        };
    }

    private static EvidenceRecord Common(RowHold hold, RemovalTarget target, RemovalAttempt attempt, string op, IReadOnlyList<(CredentialVersion Version, VersionUpdate Update)> updates, BackOff backOff, Trigger trigger)
    {
        var record = RemovalRecords.Of(attempt.Verb, op, target, hold, trigger, "", [attempt.Why, .. RemovalRecords.Names([.. updates.Select(update => update.Version.Version)])]);
        return record with
        {
            Tries = backOff.Tries,
            Credential = record.Credential! with { Handle = attempt.Verb == RemovalVerbs.Revoke ? attempt.Handle : record.Credential.Handle, Verification = attempt.Verb == RemovalVerbs.Revoke && attempt.Handle is null ? "none" : null },
            // Of so many the reasons name each: it would not fit into the record twice.
            Debt = attempt is { Handle: { } handle, Buried.Count: > 0 } ? new DebtFacts(handle, attempt.Owed?.Since, attempt.Owed?.Until, Versions: updates.Count > RemovalRecords.MostAlone ? null : [.. attempt.Buried.Select(version => $"{target.Look.Credential.Id}/{version.Version}")]) : null,
        };
    }

    private async Task<(Outcome Outcome, Credential Credential)> EffectsAsync(
        RowHold hold, RemovalTarget target, RemovalAttempt attempt, string op, IReadOnlyList<(CredentialVersion Version, VersionUpdate Update)> updates, RemovalRevocation revocation, CancellationToken ct)
    {
        var (credential, killed) = (target.Look.Credential, false);
        try
        {
            await hold.RenewAsync(attempt.Verb, ct);
            if (hold.Latest - hold.Start > Fresh)
                return (new Outcome.Retry("overtaken", "It was looked at too long ago to act on it: the next run looks again."), credential);
            if (attempt.Kill is { } kill)
            {
                credential = await MarkAsync(hold, attempt, credential, RemovalStep.Quarantined, RemovalStep.Revoking, op, ct);
                var fence = new HoldFence(hold, "kill", token => hold.RenewAsync("kill", token));
                await ((IKill)target.Rotator!).KillAsync(target.Resource!, Handle.Place(kill), target.Look.Policy.EndSessions, fence, ct);
                killed = true;
                if (!await revocation.IsDeadAsync(target, kill, ct))
                    return (new Outcome.Retry("not-dead", $"{Handle.Place(kill)} was killed and is still alive at its provider."), credential);
            }

            foreach (var (version, update) in updates)
            {
                await hold.RenewAsync(attempt.Verb, ct);
                credential = credential.With(await vault.UpdateAsync(credential.Id, version.Version, update, ct));
            }

            if (attempt.Deletes)
            {
                await hold.RenewAsync(attempt.Verb, ct);
                await retired.DeleteAsync(credential.Id, ct);
            }
        }
        catch (ExternalCallException e) when (!e.MayHaveHappened)
        {
            if (attempt.Kill is not null && !killed)
                credential = await PutBackAsync(hold, attempt, credential, op, ct);
            return (e.Transient ? new Outcome.Retry(e.Code ?? "unavailable", e.Message) : new Outcome.Blocked(e.Code ?? "refused", e.Message), credential);
        }

        return (new Outcome.Ok(), credential);
    }

    private async Task<Credential> MarkAsync(RowHold hold, RemovalAttempt attempt, Credential credential, RemovalStep from, RemovalStep to, string op, CancellationToken ct)
    {
        foreach (var version in credential.Versions.Where(version => RemovalTag.Of(version)?.Step == from && attempt.Marked.Any(marked => marked.Version == version.Version)).ToList())
        {
            await hold.RenewAsync(attempt.Verb, ct);
            credential = credential.With(await vault.UpdateAsync(credential.Id, version.Version, RemovalAttempts.At(version, to, op), ct));
        }

        return credential;
    }

    /// <summary>It was refused before anything died: whoever wants it back gets it, as before. Where that is refused too, the next attempt does it.</summary>
    private async Task<Credential> PutBackAsync(RowHold hold, RemovalAttempt attempt, Credential credential, string op, CancellationToken ct)
    {
        try
        {
            return await MarkAsync(hold, attempt, credential, RemovalStep.Revoking, RemovalStep.Quarantined, op, ct);
        }
        catch (ExternalCallException e) when (!e.MayHaveHappened)
        {
            return credential;
        }
    }

    private static string Phrase(RemovalAttempt attempt, CredentialId id) => attempt.Verb switch
    {
        RemovalVerbs.Quarantine => $"put '{id.Name}' into quarantine",
        RemovalVerbs.Restore => $"bring '{id.Name}' back from quarantine",
        RemovalVerbs.Remove => $"mark '{id.Name}' as removed",
        RemovalVerbs.Delete => $"delete '{id.Name}', recoverably",
        _ => $"revoke '{id.Name}'",
    };

    private static string Summary(RemovalAttempt attempt, RemovalTarget target, int versions)
    {
        var (name, policy) = (target.Look.Credential.Id.Name, target.Look.Policy);
        return attempt.Verb switch
        {
            RemovalVerbs.Quarantine => $"'{name}' is in quarantine: {versions} versions are disabled ({attempt.Why}). nhi restore brings it back{(target.Look is { Asked: RemovalVerbs.Quarantine } or { Tag.Person: true } ? ", and no timer takes it further" : $"; it is revoked after {policy.RevokeAfter.TotalDays:0.#} days")}.",
            RemovalVerbs.Restore => $"'{name}' is back from quarantine, {versions} versions are as they were: {attempt.Why}.",
            RemovalVerbs.Delete => $"'{name}' is deleted: its vault keeps it for as long as deleted secrets are kept there, and nobody purges it ({attempt.Why}).",
            RemovalVerbs.Remove => $"'{name}' is removed: revoked, disabled, tagged ({attempt.Why}).",
            _ when attempt.Kill is null => $"Nothing of '{name}' was killed, and its versions stay disabled for good: {attempt.Why}.",
            _ => $"'{name}' is revoked and its versions stay disabled: {attempt.Why}.",
        };
    }
}

/// <summary>What a step came to: its outcome's <paramref name="Result"/> and <paramref name="Record"/>, and what is true since.</summary>
internal sealed record RemovalStepDone(string Result, string Record, string? Why)
{
    /// <summary>The credential after it; null where nothing was changed.</summary>
    public Credential? Credential { get; init; }
    public RemovalHistory History { get; init; } = RemovalHistory.Nothing;
}
