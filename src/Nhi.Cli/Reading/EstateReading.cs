using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Cli.Reading;

/// <summary>What tables, vaults and evidence know: <c>nhi status</c>, <c>show</c>, <c>debts</c>, <c>policy explain</c>.</summary>
internal sealed class EstateReading(
    IVaultRegistry vaults, IInventory inventory, IOperations operations, IDebts debts, IPauses pauses, ICredentialVault vault, IEvidenceLog evidence, IPolicySource policies, PolicySubjects subjects, TimeProvider clock)
{
    private const int LastRecords = 10;

    public async Task<Answer> StatusAsync(CancellationToken ct)
    {
        var rows = await operations.ListAsync(ct).Where(reading => reading.Row is not null).Select(reading => reading.Row!).ToListAsync(ct);
        var notes = await debts.ListAsync(ct).ToListAsync(ct);
        var paused = await pauses.CurrentAsync(ct);
        var ready = await operations.IsReadyAsync(ct);
        var now = clock.GetUtcNow();
        var strays = await evidence.OpenIntentsAsync(now - RecoveryRun.StrayAge, ct).Where(intent => RecoveryRun.IsStray(intent, now)).ToListAsync(ct);
        List<InventoryEntry> entries = [];
        foreach (var governed in vaults.All)
            entries.AddRange(await inventory.OfVaultAsync(governed.Host, ct).Where(entry => !entry.Gone).ToListAsync(ct));
        var shape = new StatusShape(
            ready, [.. entries.Select(KnownShape.Of)], [.. rows.Select(RowShape.Of)], [.. notes.Select(DebtShape.Of)],
            [.. Failing(rows).Select(one => new FailingShape(one.Row.Resource.Value, one.Key, one.BackOff.Tries, one.BackOff.NotBefore))],
            [.. Due(entries, now).Select(entry => entry.Id.ToString())], [.. strays.Select(intent => intent.Path)],
            [.. paused.Select(pause => new PauseShape(pause.Scope, pause.By, pause.Reason, pause.Until))]);
        List<string> head = [$"{entries.Count} credential(s) known, {rows.Count(row => row.Open)} of {rows.Count} resource(s) being worked on, {notes.Count} debt note(s), {paused.Count} pause(s)"];
        head.AddRange(Due(entries, now).Select(entry => $"due since {Screen.At(entry.Due)}: {entry.Id}"));
        head.AddRange(Failing(rows).Select(one => $"failing: {one.Key} of {one.Row.Resource}, {one.BackOff.Tries} tries, not before {Screen.At(one.BackOff.NotBefore)}"));
        head.AddRange(notes.Where(note => note.Waiting is not null).Select(note => $"waits: {note.Handle} of {note.Resource}: {note.Waiting}"));
        head.AddRange(strays.Select(intent => $"no outcome: {intent.Path}"));
        if (!ready)
            head.Add("The marker row is missing: nothing has effects but emergency and repair. Run nhi rebuild.");
        return new Answer(shape, [
            Block.Lines(head),
            new Block(["Credential", "Kind", "Rule", "Expires", "Due", "Owed"], [.. entries.Select(entry => (IReadOnlyList<string>)[
                entry.Id.ToString(), entry.Kind ?? "-", entry.Rule is null ? "-" : entry.Rule + (entry.Enforced ? "" : " (observe)"), Screen.At(entry.Expires), Screen.At(entry.Due), entry.Owed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"])]),
            new Block(["Resource", "State", "Step", "Verb", "Fence", "Since"], [.. rows.Select(row => (IReadOnlyList<string>)[
                row.Resource.Value, row.Open ? "open" : "closed", row.Step ?? "-", row.Verb ?? "-", row.Fence.ToString(System.Globalization.CultureInfo.InvariantCulture), Screen.At(row.Start)])]),
        ], !ready ? ExitCode.Human : strays.Count > 0 || Failing(rows).Any() || Due(entries, now).Any() ? ExitCode.Findings : ExitCode.Fine);
    }

    /// <summary>Overdue by more than a sweep's period, where a rule enforces.</summary>
    private static IEnumerable<InventoryEntry> Due(IEnumerable<InventoryEntry> entries, DateTimeOffset now) =>
        entries.Where(entry => entry.Enforced && entry.Due is { } due && due + DueSweep.Period <= now);

    /// <summary>What was tried more than once without an ok.</summary>
    private static IEnumerable<(OperationRow Row, string Key, BackOff BackOff)> Failing(IEnumerable<OperationRow> rows) =>
        rows.SelectMany(row => row.BackOff.Where(pair => pair.Value.Tries > 1).Select(pair => (row, pair.Key, pair.Value)));

    public async Task<Answer> DebtsAsync(CancellationToken ct)
    {
        var notes = await debts.ListAsync(ct).ToListAsync(ct);
        return new Answer(new DebtsShape([.. notes.Select(DebtShape.Of)]), [DebtTable(notes)]);
    }

    public async Task<Answer> ShowAsync(CredentialId id, CancellationToken ct)
    {
        var credential = await CredentialAsync(id, ct);
        var policy = (await policies.CurrentAsync(ct)).For(subjects.Of(credential));
        var rotator = subjects.ResourceOf(id, credential.Tags, out var resource, out var why);
        IReadOnlyList<DebtNote> notes = resource is null ? [] : await debts.OfAsync(resource.Id, ct);
        IReadOnlyList<IndexedRecord> records = resource is null ? [] : [.. (await evidence.OfResourceAsync(resource.Id, ct)).Take(LastRecords)];
        var owed = Debt.Of(credential, policy, version => version.Nhi?.Handle);
        var shape = new ShowShape(
            id.ToString(), rotator?.Kind.Name, resource?.Id.Value, resource?.Overlap.ToString(), why, policy.Rule, policy.Enforced, policy.Sha256,
            [.. credential.Versions.Reverse().Select(version => new VersionShape(version.Version, State(version, credential), version.Created, version.Expires, version.Nhi?.Handle, version.MarkRecord))],
            [.. owed.Select(debt => new OwedShape(debt.Handle, debt.Since, debt.Due))], [.. notes.Select(DebtShape.Of)],
            [.. records.Select(record => new ShownRecordShape(record.Path, record.Action, record.Result, record.Time))]);
        return new Answer(shape, [
            Block.Lines($"{id}: {rotator?.Kind.Name ?? "no kind"}, {resource?.Id.Value ?? why}", $"rule '{policy.Rule}', {(policy.Enforced ? "enforced" : "observed only")}"),
            new Block(["Version", "State", "Created", "Expires", "Handle"], [.. credential.Versions.Reverse().Select(version => (IReadOnlyList<string>)[
                version.Version, State(version, credential), Screen.At(version.Created), Screen.At(version.Expires), version.Nhi?.Handle ?? "-"])]),
            new Block(["Owed", "Since", "Due"], [.. owed.Select(debt => (IReadOnlyList<string>)[debt.Handle, Screen.At(debt.Since), Screen.At(debt.Due)])]),
            DebtTable(notes),
            new Block(["Time", "Action", "Result", "Record"], [.. records.Select(record => (IReadOnlyList<string>)[Screen.At(record.Time), record.Action, record.Result ?? "intent", record.Path])]),
        ]);
    }

    public async Task<Answer> ExplainAsync(CredentialId id, CancellationToken ct)
    {
        var subject = subjects.Of(await CredentialAsync(id, ct));
        if (await policies.CurrentAsync(ct) is not YamlPolicy policy)
            throw new CliFailure("The policy in force does not explain itself.", ExitCode.Failed);
        var explained = policy.Explain(subject);
        var shape = new PolicyExplainShape(
            id.ToString(), explained.Effective.Rule, explained.Effective.Enforced, explained.Tag,
            [.. explained.Rules.Select(rule => new RuleShape(rule.Name, rule.Line, rule.Matched, rule.Chosen, [.. rule.Selectors.Select(selector => $"{selector.Selector}: {selector.Why}")]))],
            [.. explained.Values.Select(value => new PolicyValueShape(value.Key, value.Value, value.Origin.ToString(), value.Line))]);
        return new Answer(shape, [
            Block.Lines($"{id}: rule '{explained.Effective.Rule}', {(explained.Effective.Enforced ? "enforced" : "observed only")}{(explained.Tag is null ? "" : "; " + explained.Tag)}"),
            new Block(["Rule", "Line", "Matches", "Why"], [.. explained.Rules.Select(rule => (IReadOnlyList<string>)[
                rule.Name, $"{rule.Line}", rule.Chosen ? "chosen" : rule.Matched ? "yes" : "no", string.Join("; ", rule.Selectors.Select(selector => $"{selector.Selector}: {selector.Why}"))])]),
            new Block(["Setting", "Value", "From"], [.. explained.Values.Select(value => (IReadOnlyList<string>)[value.Key, value.Value, value.Line is { } line ? $"{value.Origin}, line {line}" : $"{value.Origin}"])]),
        ]);
    }

    private async Task<Credential> CredentialAsync(CredentialId id, CancellationToken ct) =>
        Credential.Of(id, await vault.ListVersionsAsync(id, ct)) ?? throw new CliFailure($"There is no secret {id}, or it is soft-deleted. nhi status lists what is known.");

    private static Block DebtTable(IReadOnlyList<DebtNote> notes) => new(["Resource", "Handle", "Waiting for", "Leftover since", "Held until", "Held by"], [.. notes.Select(note => (IReadOnlyList<string>)[
        note.Resource.Value, note.Handle, note.Waiting ?? "-", Screen.At(note.LeftoverSince), Screen.At(note.HeldUntil), note.HeldBy ?? "-"])]);

    private static string State(CredentialVersion version, Credential credential) =>
        version.IsDead ? "dead" : version == credential.Current ? (version.Enabled ? "current" : "quarantined") : version.Enabled ? "superseded" : "disabled";
}
