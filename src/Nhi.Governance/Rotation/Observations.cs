using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Kinds;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation.Planning;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Inventory;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Rotation;

/// <summary>What was seen of credentials: rows of the inventory, and a record where something new is only observed or cannot be governed. Nothing here has an effect on a credential.</summary>
internal sealed class Observations(IInventory inventory, IEvidenceLog evidence, PolicySubjects subjects, FindingDesk desk)
{
    /// <summary>Nothing changed and nothing is due: a look once a day all the same, spread over the day.</summary>
    public static readonly TimeSpan Daily = TimeSpan.FromDays(1);

    /// <summary>Something waits, or an attempt may land late.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromHours(1);

    /// <summary>Consumers are locked out, or a thief is in: what could not be mended backs off for half an hour at most, so somebody has to come.</summary>
    public static readonly TimeSpan Urgently = TimeSpan.FromMinutes(15);

    /// <summary>Of one signal, the newest.</summary>
    private const int MostFacts = 10;

    private static bool IsUrgent(ResourceLook look, SecretLook secret) =>
        !secret.Credential.IsQuarantined && !secret.Current.IsDead
        && (look.IsMarked(secret, secret.Current) || (secret.Policy.Enforced && secret.Verdict.Verification == Verification.Refused));

    /// <summary>Keeps what a pass saw of every secret of its resource.</summary>
    public async Task SeenAsync(ResourceLook look, GovernReport report, Trigger trigger, CancellationToken ct)
    {
        var leftovers = LeftoverPlanner.Seen(look).Count;
        foreach (var secret in look.Secrets)
        {
            var debts = Debts.Debt.Of(secret.Credential, secret.Policy, secret.HandleOf);
            var due = secret.Due;
            var next = new[]
            {
                look.Now + Later(secret.Id),
                debts.Count > 0 ? debts.Min(debt => debt.Due) : DateTimeOffset.MaxValue,
                RevocationPlanner.Retirable(look, secret).Select(retired => retired.At).DefaultIfEmpty(DateTimeOffset.MaxValue).Min(),
                secret.Policy.Enforced && !secret.Credential.IsQuarantined ? due : DateTimeOffset.MaxValue,
                secret.Verdict.Verification == Verification.Unknown && !secret.Credential.IsQuarantined && !secret.Current.IsDead ? look.Now + Soon : DateTimeOffset.MaxValue,
                report.Done.Count > 0 || report.Waiting.Count > 0 || report.Reconciled > 0 ? look.Now + Soon : DateTimeOffset.MaxValue,
                IsUrgent(look, secret) ? look.Now + Urgently : DateTimeOffset.MaxValue,
                leftovers > 0 ? look.Now + RevocationPlanner.LeftoverPatience : DateTimeOffset.MaxValue,
            }.Min();
            var entry = Entry(secret.Credential, secret.Policy, look.Resource.Id, look.Rotator.Kind.Name) with
            {
                Due = due,
                Owed = debts.Count + leftovers,
                NextLook = next > look.Now ? next : look.Now + TimeSpan.FromMinutes(15),
            };
            var known = look.Inventoried.FirstOrDefault(known => known.Id == secret.Id);
            await (known is not null ? inventory.ObserveKnownAsync(entry, ct) : inventory.ObserveAsync(entry, ct));
            await NoteAsync(look, secret, report, known?.Note ?? new SecretNote(), trigger, ct);
        }

        foreach (var host in look.OutOfScope.Select(id => id.Vault).Distinct())
            await TellAsync(host, [LeftVaults.Holding(host)], LeftVaults.Only, trigger, look.Now, ct);
    }

    /// <summary>What waits for a person is kept for the sweep of signals, which tells it and says when it is over; what happened once is told here. What is as it was costs no call.</summary>
    private async Task NoteAsync(ResourceLook look, SecretLook secret, GovernReport report, SecretNote known, Trigger trigger, CancellationToken ct)
    {
        var told = known.Told;
        foreach (var seen in report.Sightings.Where(seen => seen.Credential == secret.Id).GroupBy(seen => seen.Signal))
        {
            List<Sighting> newest = [.. seen.TakeLast(MostFacts)];
            if (newest.Exists(one => !known.Told.Contains(one.Key, StringComparer.Ordinal)) && await TellAsync(secret.Id.ToString(), [Seen(look, secret, seen.Key, newest)], new HashSet<string> { seen.Key }, trigger, look.Now, ct))
                told = [.. told.Where(key => !key.StartsWith($"{seen.Key} ", StringComparison.Ordinal)), .. newest.Select(one => one.Key)];
        }

        var note = new SecretNote { Wait = StandingWait.Of(secret, report, known.Wait, look.Now), Told = told };
        if (!note.SaysTheSameAs(known))
            await inventory.NoteAsync(look.Resource.Id, secret.Id, note, ct);
    }

    private static Finding Seen(ResourceLook look, SecretLook secret, string signal, List<Sighting> seen) => new()
    {
        Signal = signal,
        Subject = secret.Id.ToString(),
        Credential = secret.Id,
        Resource = look.Resource.Id,
        Kind = look.Rotator.Kind.Name,
        Owner = look.OwnerOf(secret.Id)?.Address ?? secret.Policy.Owner,
        Severity = "warning",
        Score = 60,
        Facts = [.. seen.Select(one => one.Fact)],
        Remedy = signal == SignalNames.Resurrected
            ? "Find out who set it back (ungoverned-change names the caller where the vault's log is read), and let Terraform ignore what the product publishes (infra/operations.md). What is published is repaired while the rule enforces; then nhi findings resolve."
            : "Ask who made it (ungoverned-change names the caller where the vault's log is read): it was current for a moment, and is killed like all that is superseded. If consumers need it, hold it back (nhi debts hold) and publish it again; then nhi findings resolve.",
    };

    /// <summary>What was done is done, and is no failure where it could not be told: the next look tells it. True where it was told.</summary>
    private async Task<bool> TellAsync(string subject, IReadOnlyCollection<Finding> found, IReadOnlySet<string> judged, Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            await desk.TellAsync(subject, found, judged, trigger, now, ct);
            return true;
        }
        catch (Exception e) when (e is ExternalCallException or EvidenceRefusedException)
        {
            return false;
        }
    }

    /// <summary>The next sweep looks at every secret of that resource. A table that does not answer is no harm: they are looked at once a day.</summary>
    public async Task LookAgainAsync(ResourceId resource, CancellationToken ct)
    {
        try
        {
            foreach (var id in await inventory.SecretsOfAsync(resource, ct))
                if (await inventory.FindAsync(id, ct) is { } entry)
                    await inventory.ObserveAsync(entry with { NextLook = entry.NewestCreated }, ct);
        }
        catch (ExternalCallException)
        {
        }
    }

    /// <summary>
    /// A secret that a list shows as new or changed is known at once, before anybody works on it: a sibling that nobody knows would lose what it publishes.
    /// </summary>
    public async Task ListedAsync(ListedSecret listed, Policy policies, DateTimeOffset now, CancellationToken ct)
    {
        var subject = subjects.Of(listed.Id, listed.Newest.Tags);
        var policy = policies.For(subject);
        var rotator = subjects.ResourceOf(listed.Id, listed.Newest.Tags, out var resource, out _);
        await inventory.ObserveAsync(new InventoryEntry
        {
            Id = listed.Id,
            Resource = listed.Newest.Managed ? null : resource?.Id,
            Kind = rotator?.Kind.Name ?? subject.Kind,
            Owner = subject.Owner ?? policy.Owner,
            Rule = policy.Rule,
            Enforced = policy.Enforced,
            NewestCreated = listed.Newest.Created,
            NewestUpdated = listed.Newest.Updated,
            Expires = listed.Newest.Expires,
            Managed = listed.Newest.Managed,
            NextLook = now + (listed.Newest.Tags.ContainsKey(NhiTag.MarkName) ? Urgently : Soon),
        }, ct);
    }

    /// <summary>A credential under a rule that only observes: one record per version says that it was seen and what would be done.</summary>
    public async Task ObservedAsync(Credential credential, GovernedResource resource, IRotator rotator, EffectivePolicy policy, GovernRequest request, CancellationToken ct)
    {
        var due = DueDate.Of(credential.Current, policy);
        var entry = Entry(credential, policy, resource.Id, rotator.Kind.Name) with { Due = due };
        var tells = request.Trigger.Type == Triggers.SecretEvents.NewVersionCreated || IsTimer(request);
        var summary = $"'{credential.Id.Name}' was seen under rule '{policy.Rule}', which only observes; it would be due for rotation on {due:yyyy-MM-dd}.";
        await TellOnceAsync(entry, credential.Seen, request, tells ? Record(credential, policy, rotator.Kind.Name, resource.Id.Value, request, summary, null) : null, ct);
    }

    /// <summary>A secret that cannot be governed: managed by a certificate, without tags that say what it opens, or the product's own.</summary>
    public async Task UngovernableAsync(Credential credential, EffectivePolicy policy, GovernRequest request, string? why, CancellationToken ct)
    {
        var entry = Entry(credential, policy, null, null) with { Managed = credential.Current.Managed };
        var finding = new FindingFacts("kind-unknown", "warning", "Tag it with nhi-kind and nhi-resource (nhi kinds shows the forms), or leave it out of every enforcing rule.");
        var summary = $"'{credential.Id.Name}' is under rule '{policy.Rule}' and cannot be governed: {why}";
        await TellOnceAsync(entry, credential.Seen, request, why is not null && policy.Enforced ? Record(credential, policy, null, null, request, summary, finding) : null, ct);
    }

    /// <summary>Writes the record where none tells of what is seen yet. An event that shows nothing new moves nothing: any number of them costs one read each.</summary>
    private async Task TellOnceAsync(InventoryEntry seen, DateTimeOffset now, GovernRequest request, EvidenceRecord? record, CancellationToken ct)
    {
        var entry = seen with { NextLook = now + Later(seen.Id) };
        var known = await inventory.FindAsync(entry.Id, ct);
        var same = known is not null && known with { NextLook = entry.NextLook, Told = false } == entry;
        var told = same && known!.Told;
        if (record is not null && !told)
            await evidence.WriteAsync(record, new WriteRules(FirstWriterWins: true), ct);
        if (!same || IsTimer(request) || (record is not null && !told))
            await inventory.ObserveAsync(entry with { Told = told || record is not null }, ct);
    }

    private static bool IsTimer(GovernRequest request) => request.Trigger.Source == "timer";

    private InventoryEntry Entry(Credential credential, EffectivePolicy policy, ResourceId? resource, string? kind) => new()
    {
        Id = credential.Id,
        Resource = resource,
        Kind = kind ?? subjects.Of(credential).Kind,
        Owner = subjects.Of(credential).Owner ?? policy.Owner,
        Rule = policy.Rule,
        Enforced = policy.Enforced,
        NewestCreated = credential.Current.Created,
        NewestUpdated = credential.Current.Updated,
        Expires = credential.Current.Expires,
        NextLook = default,
    };

    /// <summary>Named after the version's own creation, so that any number of triggers write it once.</summary>
    private static EvidenceRecord Record(Credential credential, EffectivePolicy policy, string? kind, string? resource, GovernRequest request, string summary, FindingFacts? finding) => new()
    {
        Op = RotationId.Op($"{credential.Id}\n{credential.Current.Version}", "observe", credential.Current.Created, 0),
        Stage = RecordStage.Outcome,
        Action = "credential.observe",
        Result = finding is null ? "summary" : "FINDING",
        Time = credential.Current.Created,
        Summary = summary,
        Trigger = new TriggerFacts(request.Trigger.Source, request.Trigger.Id, request.Trigger.Type, request.Trigger.Time),
        Credential = new CredentialFacts(credential.Id.ToString(), kind, credential.Id.Name),
        Resource = resource is null ? null : new ResourceFacts(resource),
        Change = new ChangeFacts(null, new VersionFacts(credential.Current.Version, credential.Current.Expires, credential.Current.Enabled ? "active" : "disabled")),
        Decision = new DecisionFacts("observe", policy.Rule, null, policy.Sha256, policy.Why),
        Finding = finding,
        Controls = ControlsServed.By("credential.observe"),
    };

    private static TimeSpan Later(CredentialId id) => Daily * (0.75 + (RotationId.Spread(id.ToString()) / 4));
}
