using CsCheck;
using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tests;

/// <summary>Records with every member present or absent, and texts of any kind and length.</summary>
internal static class RecordGen
{
    private const string Crockford = "0123456789abcdefghjkmnpqrstvwxyz";

    internal static readonly Gen<string> Op = Gen.Char[Crockford].Array[26].Select(chars => new string(chars));
    internal static readonly Gen<DateTimeOffset> Instant = Gen.Long[0, 4_000_000_000_000].Select(DateTimeOffset.FromUnixTimeMilliseconds);
    internal static readonly Gen<DateTimeOffset> Second = Gen.Long[0, 4_000_000_000].Select(DateTimeOffset.FromUnixTimeSeconds);

    // Letters, quotes, controls, line feeds, lone surrogates, emoji: whatever a display name may bring.
    internal static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char["abc XYZ019-_/.:'\"\\<>&+=äß漢\u2028\u0001\n\t\u007f"], 0, 60],
        Gen.String[0, 40],
        Gen.Int[1, 6_000].Select(length => new string('w', length)),
        Gen.Int[1, 3_000].Select(length => string.Concat(Enumerable.Repeat("🔑", length))));

    private static readonly Gen<string> Short = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-"], 1, 40];
    private static readonly Gen<string> Sha = Gen.Char["0123456789abcdef"].Array[64].Select(chars => new string(chars));
    private static readonly Gen<IReadOnlyList<string>> Texts = Gen.OneOf(Text.Array[0, 6], Short.Array[250, 400]).Select(items => (IReadOnlyList<string>)items);
    private static readonly Gen<RecordReference> Reference = Gen.Select(Short, Sha, (path, sha) => new RecordReference($"records/{path}.json", sha));

    private static readonly Gen<PrincipalFacts> Person = Gen.Select(OneOf("user", "group", "service", "agent", "system"), Text, Opt(Text), Opt(Short), (type, id, name, tenant) => new PrincipalFacts(type, id, name, tenant));
    private static readonly Gen<VersionFacts> Version = Gen.Select(Short, OptValue(Instant), Opt(OneOf("active", "superseded", "disabled", "dead", "absent")), Opt(Short), (version, expires, state, handle) => new VersionFacts(version, expires, state, handle));
    private static readonly Gen<IReadOnlyDictionary<string, long>> Counts = Gen.Select(Text, Gen.Long[0, 1L << 50]).Array[0, 300]
        .Select(items => (IReadOnlyDictionary<string, long>)items.GroupBy(item => item.Item1).ToDictionary(group => group.Key, group => group.First().Item2 / 300));

    /// <summary>What every record has.</summary>
    internal static readonly Gen<EvidenceRecord> Core = Gen.Select(Op, OneOf<(RecordStage, string?)>((RecordStage.Intent, null), (RecordStage.Outcome, "ok"), (RecordStage.Outcome, "RETRY"), (RecordStage.Outcome, "BLOCKED"), (RecordStage.Outcome, "FAILED"),
        (RecordStage.Outcome, "DENIED"), (RecordStage.Outcome, "FINDING"), (RecordStage.Outcome, "summary"), (RecordStage.Outcome, "seal"), (RecordStage.Reconciled, "reconciled"), (RecordStage.Reconciled, "unknown")),
        OneOf("credential.rotate", "credential.revoke", "log.seal", "sweep.run"), Second, Text, (op, stage, action, time, summary) =>
            new EvidenceRecord { Op = op, Stage = stage.Item1, Result = stage.Item2, Action = action, Time = time, Summary = summary });

    private static readonly Gen<EvidenceRecord> WithWho = Gen.Select(Core,
        Opt(Gen.Select(Text, Text, Short, OptValue(Instant), OptValue(Gen.Int[0, 99]), (source, id, type, time, delivery) => new TriggerFacts(source, id, type, time, delivery))),
        Opt(Gen.Select(Opt(Short), Opt(Short), Opt(Text), (id, trace, session) => new CorrelationFacts(id, trace, session))),
        Opt(Gen.Select(Person, Opt(Person), (who, behalf) => who with { OnBehalfOf = behalf })),
        Opt(Gen.Select(Text, Opt(Text), Opt(Text), Opt(Text), (id, instance, model, version) => new AgentFacts(id, instance, model, version))),
        Opt(Gen.Select(Short, Text, Opt(Text), Opt(Text), OptValue(Gen.Int[0, 100]), (type, id, name, via, sure) => new OwnerFacts(type, id, name, via, sure))),
        Opt(Gen.Select(Short, Opt(Short), Opt(Short), Opt(Text), Opt(Text), Opt(Op), Opt(Short), (id, kind, name, handle, to, print, how) => new CredentialFacts($"kv:kv1.vault.azure.net/{id}", kind, name, handle, to, print, how))),
        (record, trigger, correlation, by, agent, owner, credential) => record with { Trigger = trigger, Correlation = correlation, RequestedBy = by, Agent = agent, Owner = owner, Credential = credential });

    private static readonly Gen<EvidenceRecord> WithWhat = Gen.Select(WithWho,
        Opt(Gen.Select(Text, Opt(Short), Opt(Texts), (id, type, scope) => new ResourceFacts(id, type, scope))),
        Opt(Gen.Select(Opt(Version), Opt(Version), (before, after) => new ChangeFacts(before, after))),
        Opt(Gen.Select(OneOf("automated", "dynamic", "human", "break-glass"), Opt(Text), OptValue(Instant), Opt(Text), OptValue(Instant), (mode, by, at, reference, expires) => new ApprovalFacts(mode, by, at, reference, expires))),
        Opt(Gen.Select(OneOf("allow", "observe", "deny"), Short, Opt(Short), Opt(Sha), Opt(Texts), (effect, policy, version, sha, reasons) => new DecisionFacts(effect, policy, version, sha, reasons))),
        Opt(Gen.Select(Text, Text, (code, message) => new ErrorFacts(code, message))),
        Opt(Gen.Select(Short, Instant, Instant, Gen.Long[0, 1L << 40], Gen.Long[0, 1L << 40], Opt(Texts), Gen.Bool, (source, from, to, seen, matched, unmatched, partial) => new CoverageFacts(source, from, to, seen, matched, unmatched, partial))),
        Opt(Gen.Select(Instant, Instant, Counts, Opt(Reference), OptValue(Gen.Long[0, 99]), Opt(Sha), (from, to, counts, previous, checkpoint, root) => new SealFacts(from, to, 0, 9, counts, 3, previous, checkpoint, checkpoint, root))),
        (record, resource, change, approval, decision, error, coverage, seal) => record with { Resource = resource, Change = change, Approval = approval, Decision = decision, Error = error, Coverage = coverage, Seal = seal });

    private static readonly Gen<ShardFacts> Shard = Gen.Select(Short,
        Opt(Gen.Select(Gen.Long[0, 1L << 40], Gen.Long[0, 1L << 40], Sha, Opt(Text), (batch, size, root, note) => new CheckpointFacts(batch, size, root, note))),
        Opt(Reference.Array[0, 64]),
        (log, checkpoint, strays) => new ShardFacts(log, checkpoint, strays));

    private static readonly Gen<EvidenceRecord> WithRest = Gen.Select(WithWhat,
        Opt(Gen.Select(Short, OneOf("info", "warning", "critical"), Opt(Text), Opt(Texts), OptValue(Gen.Int[0, 9]), (signal, severity, remedy, facts, count) => new FindingFacts(signal, severity, remedy, facts, count, count))),
        Opt(Gen.Select(Text, OptValue(Instant), OptValue(Instant), Opt(Text), Opt(Texts), (handle, since, due, use, versions) => new DebtFacts(handle, since, due, use, versions))),
        Gen.Select(Short, Op, (handle, print) => new SlotFacts(handle, print)).Array[0, 4],
        Texts, Opt(Reference), OptValue(Gen.Long[0, 1L << 52]), OptValue(Instant),
        (record, finding, debt, slots, controls, intent, fence, instant) => record with
        {
            Finding = finding, Debt = debt, Slots = slots,
            Assignment = debt is null ? null : new AssignmentFacts($"/a/{record.Op}", record.Op, record.Op, "ServicePrincipal", "/a", debt.Use, debt.Use is null ? null : "2.0", debt.Handle),
            Controls = controls, Intent = intent, Fence = fence,
            Tries = fence is null ? null : 2, NotBefore = instant, Deadline = instant, Rotation = instant is null ? null : record.Op, Shown = instant is null ? null : "published",
        });

    /// <summary>As the engine hands it to the writer.</summary>
    internal static readonly Gen<EvidenceRecord> Given = Gen.Select(WithRest, Opt(Shard), Opt(Gen.Select(Sha, Instant, (sha, until) => new EndedKeyFacts(sha, until))),
        (record, shard, ended) => record with { Shard = shard, EndedKey = ended });

    /// <summary>With what the writer adds.</summary>
    internal static readonly Gen<EvidenceRecord> Whole = Gen.Select(Given, Instant, Gen.Bool, Short.Array[0, 3], (record, recorded, late, withheld) => record with
    {
        Log = "a.blob.core.windows.net/evidence-2026", Path = RecordPath.Of(record), Recorded = recorded, Late = late, Withheld = withheld, Location = late ? "secondary" : null,
        Producer = new ProducerFacts("nhi", "1.0.0", "i-1", "S0VZ", "Q0VSVA==", "abc", "westeurope"),
    });

    private static Gen<T> OneOf<T>(params T[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);

    private static Gen<T?> Opt<T>(Gen<T> gen) where T : class => Gen.Bool.SelectMany(there => there ? gen.Select(value => (T?)value) : Gen.Const((T?)null));

    private static Gen<T?> OptValue<T>(Gen<T> gen) where T : struct => Gen.Bool.SelectMany(there => there ? gen.Select(value => (T?)value) : Gen.Const((T?)null));
}
