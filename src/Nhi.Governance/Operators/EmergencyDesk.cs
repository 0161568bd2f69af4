using Microsoft.Extensions.Logging;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Emergency;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operators;

/// <summary>
/// <c>nhi emergency</c>: a value is in wrong hands. The mark comes first and needs nothing but the vault's list and one of the evidence accounts; no row, no table, no index (I10).
/// What follows from it, rotation and kill, is the engine's ordinary work without overlap, window, pause or cap.
/// </summary>
public sealed partial class EmergencyDesk
{
    private readonly ICredentialVault _vault;
    private readonly OperatorTargets _targets;
    private readonly IFingerprints _fingerprints;
    private readonly IEvidenceLog _evidence;
    private readonly Governor _governor;
    private readonly HeldRows _held;
    private readonly ILogger<EmergencyDesk> _logger;

    internal EmergencyDesk(ICredentialVault vault, OperatorTargets targets, IFingerprints fingerprints, IEvidenceLog evidence, Governor governor, HeldRows held, ILogger<EmergencyDesk> logger) =>
        (_vault, _targets, _fingerprints, _evidence, _governor, _held, _logger) = (vault, targets, fingerprints, evidence, governor, held, logger);

    /// <summary>
    /// Marks a version (the current one when <paramref name="version"/> is null) and goes on as far as it can. Throws <see cref="OperatorRefusedException"/>,
    /// <see cref="ExternalCallException"/> when the vault's list cannot be had, <see cref="EvidenceRefusedException"/> when neither evidence account takes the mark; after that it throws no more.
    /// </summary>
    public async Task<EmergencyReport> MarkAsync(CredentialId id, string? version, OperatorRequest request, CancellationToken ct)
    {
        var target = await _targets.FindAsync(id, ct);
        var marked = version is null
            ? await CurrentAsync(target.Credential, ct)
            : target.Credential.Versions.FirstOrDefault(candidate => candidate.Version == version) ?? throw new OperatorRefusedException($"{id} has no version of that name. nhi show {id} lists them.");
        var notes = new List<string>();
        (var fingerprint, request) = await FingerprintAsync(target, marked, request, notes, ct);
        var handle = marked.Nhi?.Handle is { } told and not Handle.Unknown ? told : null;
        var intent = await WriteAsync(target, marked, handle, fingerprint, request, notes, ct);
        var mark = new CompromiseMark(id, marked.Version, handle, fingerprint, intent.Path, target.Credential.Seen);
        LogMarked(id.ToString(), marked.Version, intent.Path);

        var report = new EmergencyReport
        {
            Credential = id,
            Version = marked.Version,
            Handle = handle,
            ValueKnown = fingerprint is not null,
            Record = intent.Path,
            Tagged = await TagAsync(id, marked, intent.Path, notes, ct),
            Notes = notes,
        };
        if (target.Rotator is null)
        {
            notes.Add($"Nothing can end it by itself: {target.WhyNot} Tag it with nhi-kind and nhi-resource, or revoke it at its provider by hand.");
            return report with { NeedsPerson = true };
        }

        return await GoOnAsync(report, mark, target, request, notes, ct);
    }

    /// <summary>What is current, by a read where one can be had: a list lags, and does not tell which of two versions of one second is the newer one.</summary>
    private async Task<CredentialVersion> CurrentAsync(Credential listed, CancellationToken ct)
    {
        try
        {
            return await _vault.ReadAsync(listed.Id, null, ct) is { Value: not null } read ? read.Version : listed.Current;
        }
        catch (ExternalCallException)
        {
            return listed.Current;
        }
    }

    /// <summary>The mark is an intent that names version and value, and its outcome at once.</summary>
    private async Task<RecordReference> WriteAsync(OperatorTarget target, CredentialVersion marked, string? handle, string? fingerprint, OperatorRequest request, List<string> notes, CancellationToken ct)
    {
        var id = target.Credential.Id;
        var rules = new WriteRules(MayFallBack: true);
        var outcome = OperatorRecords.Of(Verbs.Emergency, $"{id}\n{marked.Version}", request, target.Credential.Seen, $"{request.By} marked '{id.Name}' version {marked.Version} as compromised{OperatorRecords.Because(request)}.", id) with
        {
            Credential = new CredentialFacts(id.ToString(), target.Rotator?.Kind.Name, id.Name, handle, Fingerprint: fingerprint),
            Resource = target.Resource is null ? null : OperatorRecords.Facts(target.Resource),
            Change = new ChangeFacts(OperatorRecords.Facts(marked, handle)),
        };
        var intent = await _evidence.WriteAsync(OperatorRecords.AsIntent(outcome, $"About to mark '{id.Name}' version {marked.Version} as compromised{OperatorRecords.Because(request)}."), rules, ct);
        await BestEffortAsync(() => _evidence.WriteAsync(outcome with { Intent = intent }, rules, ct), "The mark stands, but its outcome could not be written", notes, ct);
        return intent;
    }

    /// <summary>By its value every other secret that holds it is known; without, by version and handle alone. A reason that tells the value goes no further.</summary>
    private async Task<(string? Fingerprint, OperatorRequest Request)> FingerprintAsync(OperatorTarget target, CredentialVersion marked, OperatorRequest request, List<string> notes, CancellationToken ct)
    {
        if (!marked.Enabled)
            return (null, request);
        string? fingerprint = null;
        await BestEffortAsync(async () =>
        {
            if ((await _vault.ReadAsync(target.Credential.Id, marked.Version, ct))?.Value is not { } value)
                return;
            request = request.Without(value);
            if (target is not { Rotator: { } rotator, Resource: { } resource })
                return;
            var secret = rotator.Read(resource, value).Secret;
            request = request.Without(secret);
            fingerprint = await _fingerprints.OfAsync(secret, ct);
        }, "The value could not be read, so only this version is known to hold it", notes, ct);
        return (fingerprint, request);
    }

    private async Task<bool> TagAsync(CredentialId id, CredentialVersion marked, string record, List<string> notes, CancellationToken ct)
    {
        if (NhiTag.Fits(marked.Tags, NhiTag.MarkName))
            return await BestEffortAsync(
                async () => await _vault.UpdateAsync(id, marked.Version, new VersionUpdate { Tags = new Dictionary<string, string>(marked.Tags) { [NhiTag.MarkName] = record } }, ct),
                "The version could not be tagged with its mark", notes, ct);
        notes.Add($"The version carries {NhiTag.Most} tags, so that its mark stands in evidence alone: remove a tag, and the next look goes on.");
        return false;
    }

    private async Task<EmergencyReport> GoOnAsync(EmergencyReport report, CompromiseMark mark, OperatorTarget target, OperatorRequest request, List<string> notes, CancellationToken ct)
    {
        GovernReport? work = null;
        await BestEffortAsync(
            async () => work = await _held.TryAsync(() => _governor.HandleAsync(new GovernRequest(request.Trigger(target.Credential.Seen, mark.Credential)) { Marks = [mark] }, ct), ct),
            "The mark stands; the timers go on with it, since it could not be ended now", notes, ct);
        if (work is { AnswerLost: true })
            notes.Add("An answer was lost: the timers find out what became of it and go on.");
        var ended = false;
        await BestEffortAsync(async () => ended = HasEnded(await _vault.ListVersionsAsync(mark.Credential, ct), mark, target.Resource!.Overlap), "It could not be read back whether the version is dead", notes, ct);
        if (!ended)
            await _governor.LookAgainAsync(target.Resource!.Id, ct);
        return report with
        {
            Done = work?.Done ?? [],
            Waiting = work?.Waiting ?? [],
            Ended = ended,
            NeedsPerson = !ended && work is not null && (work.Waiting.Any(wait => wait.Remedy is not null) || work.Done.Any(done => done.Outcome is Outcome.Blocked or Outcome.Failed or Outcome.Denied)),
        };
    }

    private static bool HasEnded(VersionList list, CompromiseMark mark, OverlapClass overlap) =>
        Credential.Of(mark.Credential, list) is { } credential
        && credential.Versions.FirstOrDefault(version => version.Version == mark.Version) is { } version
        && (version.IsDead
            || (overlap == OverlapClass.Retire && !version.Enabled)
            || (overlap == OverlapClass.Cutover && credential.Current.Version != version.Version));

    /// <summary>Once the mark is durable nothing stops the rest: what fails is told, and the timers go on.</summary>
    private async Task<bool> BestEffortAsync(Func<Task> part, string otherwise, List<string> notes, CancellationToken ct)
    {
        try
        {
            await part();
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            LogPart(otherwise, e);
            notes.Add(e is ExternalCallException or RowHeldException or EvidenceRefusedException ? $"{otherwise}: {e.Message}" : $"{otherwise}.");
            return false;
        }
    }

    [LoggerMessage(2501, LogLevel.Warning, "{Credential} version {Version} is marked as compromised by {Record}")]
    private partial void LogMarked(string credential, string version, string record);

    [LoggerMessage(2502, LogLevel.Error, "{What}")]
    private partial void LogPart(string what, Exception exception);
}
