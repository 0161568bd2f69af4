using System.Text;
using Nhi.Azure.Settings;
using Nhi.Azure.Tables;
using Nhi.Azure.Vaults;
using Nhi.Cli.Reading;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Frameworks;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Sweeps.Signals;

namespace Nhi.Cli.Reference;

/// <summary><c>nhi reference</c>: README's reference section as Markdown, and the page of what commands answer with <c>--json</c>. What they list is checked against the code by a test.</summary>
internal static class ReferencePage
{
    /// <summary>The functions of the app, with what starts them.</summary>
    public static readonly IReadOnlyList<(string Name, string Trigger, string What)> Functions =
    [
        ("Health", "`GET /api/health`", "200 or 503 with the names of the parts that the product needs, nothing about them."),
        ("OnSecretEvent", "Event Grid", "Takes a Key Vault secret event, in either schema, as a hint: looks at the credential it names."),
        ("Publish", "every minute", "Carries what was batched to the Event Grid topic, and what is news as digests to the webhooks, each from its cursor on."),
        ("ReconcileOperations", "every 5 minutes", "Takes every row that was left open past its lease and closes stray intents."),
        ("ReconcileReality", "every hour", "Holds what the platform logged against evidence, and evidence against it; keeps who read what; looks for events that never came."),
        ("RemoveNeglected", "every hour", "Goes on with the removal of every neglected credential, one step at most: told, quarantined, revoked, removed; or restored. Takes wide roles away, where rule and settings say so."),
        ("RevokeDebts", "every 15 minutes", "Pays every debt that may be paid now, and kills proven leftovers."),
        ("SequenceEvidence", "every minute", "Puts new records into numbered, signed batches and indexes them."),
        ("SweepDue", "every 15 minutes", "Lists every vault, looks at what is new, changed or due, and starts it."),
        ("SweepInventory", "every hour", "Discovers vaults, lists every secret of every vault in scope and keeps what is new, with what list rights show of the resources behind them."),
        ("VerifyEvidence", "every hour", "Verifies what was logged since the last time, record by record; once a day compares all names of each log with its batches. What stands in no batch goes to the sequencer, what is wrong is a finding `evidence-broken`."),
    ];

    /// <summary>Every verb of <see cref="Verbs"/>.</summary>
    public static readonly IReadOnlyList<(string Verb, string What)> AllVerbs =
    [
        (Verbs.Rotate, "A new version is minted and published."),
        (Verbs.Repair, "A current version that its provider refuses is replaced by one that works."),
        (Verbs.Follow, "The later value of a sibling secret is published."),
        (Verbs.Rollback, "The predecessor is published again, on request."),
        (Verbs.Govern, "A new secret or version is brought under policy."),
        (Verbs.Revoke, "A superseded (or expired) credential is killed and read back as dead."),
        (Verbs.Clean, "Something that a crashed attempt left at a provider is killed."),
        (Verbs.Retire, "A superseded version of a kind without provider is disabled."),
        (Verbs.Emergency, "A value is marked as compromised."),
        (Verbs.Adopt, "A person names the handle of a version, or a free slot or role."),
        (Verbs.Hold, "A person keeps what is owed alive for a while."),
        (Verbs.Release, "A person lets go what was held."),
        (Verbs.Pause, "A person pauses everything, a vault or a credential."),
        (Verbs.Resume, "A person lifts a pause."),
        (Verbs.Look, "The row is taken to close intents, verify and see leftovers; it leaves no record of its own."),
    ];

    /// <summary>Every table of <see cref="StateTables.Names"/>.</summary>
    public static readonly IReadOnlyList<(string Table, string What)> Tables =
    [
        (StateTables.Operations, "One row per resource: who works on it, since when, at what; back-off; and the marker row, without which nothing has effects."),
        (StateTables.Debts, "What was tried of a debt, since when a leftover is seen, what a person holds back. That something is owed is derived from the vault."),
        (StateTables.Inventory, "What was last seen of every credential, and which secrets open a resource; beside it what sweeps know: versions, resources at their providers, discovered vaults, owners. The next sweep fills it again."),
        (StateTables.Findings, "What breaks policy: the findings that are open, and those that are over. The records in evidence say the same."),
        (StateTables.Use, "Who read which version when, how far each vault's log is known, and which changes the platform saw. Derived from the platform's logs."),
        (StateTables.Removals, "How far the removal of a neglected credential has come, what it waits for, who keeps it; how far the end of a wide role. Tags and evidence say it again."),
        (StateTables.Cursors, "How far each sink and sweep has come, the hour's mints, refused events that are not told yet, and pauses. Every cursor is signed by the instance that moved it; what somebody else writes there is an alarm, and counts as none."),
        (StateTables.EvidenceIndex, "Records by credential, resource, owner, session, hour, action and attempt. Derived from the batches."),
        (StateTables.EvidencePending, "Hints for the sequencer: records that are not batched yet. The only rows that are ever deleted."),
    ];

    /// <summary>Tags that the product reads or writes.</summary>
    public static readonly IReadOnlyList<(string Tag, string Whose, string What)> Tags =
    [
        (PolicySubject.KindTag, "people's", "The kind of the credential, e.g. `storage-account-key` (`nhi kinds`)."),
        (PolicySubject.ResourceTag, "people's", "What it opens, in the form of its kind."),
        (PolicySubject.OwnerTag, "people's", "Who answers for it."),
        (PolicySubject.EnvironmentTag, "people's", "What the policy takes for its environment; which rotator works on it the vault's own setting says."),
        (PolicySubject.PolicyTag, "people's", "Which rule is wanted; heeded where that rule matches too and allows nothing more."),
        (SignalTags.Workload, "people's", "What uses it: a managed identity's resource id, or a service principal's object id or client id. That one deleted is a finding."),
        (SignalTags.BreakGlass, "people's", "`true`: for emergencies, so that nobody reads it is no finding, no timer removes it, and no wide role of its identity is taken away."),
        ("nhi-length", "people's", "Kind `generated`: how many characters a new value has."),
        ("nhi-alphabet", "people's", "Kind `generated`: which characters a new value is made of."),
        ("ProviderAddress", "Microsoft's tutorial's", "The storage account's resource id: read where the tags above are missing."),
        ("CredentialId", "Microsoft's tutorial's", "Kept as it is: which key is published is found by its value."),
        ("ValidityPeriodDays", "Microsoft's tutorial's", "Kept as it is: the policy decides about lifetimes."),
        (NhiTag.Name, "ours", "JSON on each version that we made, adopted or buried: `r` rotation, `op` attempt, `handle`, `prev` predecessor, `ov` promised overlap in seconds, `dead`, `rb` rolled back."),
        (NhiTag.MarkName, "ours", "The record of the emergency that marked this version."),
        (RemovalTag.Name, "ours", "JSON on each version that a quarantine disabled: `s` step, `at` since, `q` quarantined, `nb` the next step not before (Unix seconds), `op` attempt, `p` a person asked (no timer goes on from it). What has to be enabled again is known by it."),
        (StagingVault.CredentialTag, "ours", "In the staging vault: the credential that a staged value is for."),
    ];

    public static string Write()
    {
        var page = new StringBuilder();
        Table(page, "Settings", ["setting", "holds", "unless set", "meaning"], SettingsReference.All.Select(setting => new[] { $"`{setting.Name}`", setting.Type, setting.Default, setting.Description }));
        Table(page, "Functions", ["function", "started by", "what it does"], Functions.Select(one => new[] { $"`{one.Name}`", one.Trigger, one.What }));
        Table(page, "Verbs", ["verb", "what it is"], AllVerbs.Select(one => new[] { $"`{one.Verb}`", one.What }));
        Table(page, "Tables", ["table", "what it holds"], Tables.Select(one => new[] { $"`{one.Table}`", one.What }));
        Table(page, "Tags", ["tag", "whose", "meaning"], Tags.Select(one => new[] { $"`{one.Tag}`", one.Whose, one.What }));
        var kinds = KindList.Kinds();
        Table(page, "Kinds", ["kind", "overlap", "`nhi-resource`", "what it is"], kinds.Select(kind => new[] { $"`{kind.Name}`", string.Join(", ", kind.Overlaps), $"`{kind.ResourceForm}`", kind.Description }));
        Table(page, "Rights", ["kind", "role", "at", "rights", "scope"], kinds.SelectMany(kind => kind.Rights.Select(right => new[] { $"`{kind.Name}`", right.Role, right.System, Names(right.Actions), right.Scope })));
        Controls(page);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>What each command writes with <c>--json</c>. Commands that print the same shape share a table.</summary>
    public static string WriteJson()
    {
        var page = new StringBuilder("# What `nhi` answers with `--json`\n\nA command that exits with 0, 1 or 42 writes one object to standard output and nothing else; ")
            .Append("one that exits with 2 or 3 without an answer writes nothing there and one line to standard error. Instants are ISO 8601 in UTC; a member without a value is null; members may be added.\n\n");
        foreach (var shape in CommandShapes.All.GroupBy(one => one.Shape))
            Table(page, string.Join(", ", shape.Select(one => $"`nhi {one.Command}`")), ["member", "type", "meaning"], CommandShapes.Members(shape.Key).Select(one => new[] { $"`{one.Path}`", one.Type, one.Meaning }), level: 2);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>What an auditor of a framework looks for: which records bear witness, which findings are open breaches.</summary>
    private static void Controls(StringBuilder page) => Table(
        page, "Controls", ["control", "asks for", "records", "findings"],
        FrameworkControls.All.Select(control => new[]
        {
            $"`{control.Id}`", control.Asks,
            Names(ControlsServed.Actions.Where(action => ControlsServed.By(action).Contains(control.Id))),
            Names(SignalNames.All.Where(signal => ControlsServed.BySignal(signal).Contains(control.Id))),
        }),
        note: "Every record names in `controls` what it serves: OWASP Non-Human Identities Top 10 (2025), NIST CSF 2.0 and, beside it, 1.1, NIST AI RMF 1.0. "
            + "`nhi findings --control CONTROL` lists what is open against one. Of OWASP's ten not served are NHI3 (third parties' identities) and NHI6 (deployment pipelines); NHI10 (people who use them) is shown by `nhi users`, and is no finding.");

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static void Table(StringBuilder page, string title, IReadOnlyList<string> columns, IEnumerable<string[]> rows, int level = 3, string? note = null)
    {
        page.Append('#', level).Append(' ').Append(title).Append("\n\n");
        if (note is not null)
            page.Append(note).Append("\n\n");
        Row(page, columns);
        Row(page, columns.Select(_ => "---"));
        foreach (var row in rows)
            Row(page, row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)));
        page.Append('\n');
    }

    private static void Row(StringBuilder page, IEnumerable<string> cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
