using Nhi.Evidence.Records;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Rotation.Planning;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>What evidence says of one attempt: its records by op, made into what a change of the platform can be held against. Instants UTC.</summary>
public sealed record Deed
{
    private static readonly string[] _publishing = [Verbs.Rotate, Verbs.Repair, Verbs.Follow, Verbs.Rollback];
    private static readonly string[] _minting = [Verbs.Rotate, Verbs.Repair];
    private static readonly string[] _killing = [Verbs.Revoke, Verbs.Clean, Verbs.Rotate, Verbs.Repair];

    // Of these the versions that are written to stand among the reasons of the record; of what a person says of one version it is the one that the change speaks of.
    private static readonly string[] _naming = [Verbs.Govern, Verbs.Revoke, RemovalVerbs.Quarantine, RemovalVerbs.Restore, RemovalVerbs.Remove];
    private static readonly string[] _marking = [Verbs.Adopt, Verbs.Emergency];
    private static readonly string[] _burying = [Verbs.Rotate, Verbs.Repair, Verbs.Follow, Verbs.Rollback, Verbs.Govern, Verbs.Revoke, Verbs.Clean, Verbs.Retire];
    private static readonly string[] _removing = [RemovalVerbs.Quarantine, RemovalVerbs.Revoke, RemovalVerbs.Remove, RemovalVerbs.Delete];

    public required string Op { get; init; }
    public required string Verb { get; init; }
    public required DateTimeOffset Start { get; init; }

    /// <summary>When the last of its records was written; null while nothing closes its intent.</summary>
    public DateTimeOffset? Ended { get; init; }
    public string? Credential { get; init; }
    public string? Resource { get; init; }

    /// <summary>The version that its closing says it published; null where its verb publishes nothing: a version that others made and that it only tells of is nobody's claim.</summary>
    public string? Published { get; init; }

    /// <summary>The handle that its outcome says it minted, and the one that it says it killed: null where it did neither, found it dead, or an earlier attempt may have done it.</summary>
    public string? Minted { get; init; }
    public string? Killed { get; init; }

    /// <summary>Versions whose attributes or tags it wrote, as its records name them: <c>kv:{host}/{name}/{version}</c>.</summary>
    public IReadOnlySet<string> Altered { get; init; } = new HashSet<string>();

    /// <summary>Handles that its records name: minted, killed, held before.</summary>
    public IReadOnlySet<string> Handles { get; init; } = new HashSet<string>();

    /// <summary>The record that says most: the closing one, else the intent.</summary>
    public required string Path { get; init; }

    public bool IsOpen => Ended is null;

    /// <summary>True where every secret of its resource gets the new value in the one attempt.</summary>
    public bool IsCutover { get; init; }
    public bool Publishes => _publishing.Contains(Verb, StringComparer.Ordinal);
    public bool Mints => _minting.Contains(Verb, StringComparer.Ordinal);
    public bool Deletes => Verb == RemovalVerbs.Delete;
    public bool Kills => _killing.Contains(Verb, StringComparer.Ordinal);

    /// <summary>True where it says that it did what answers an end that is near: it published anew, or took the credential away. What was tried, blocked or only written down answers nothing.</summary>
    public bool Answers { get; init; }

    /// <summary>Records of any order, those of one attempt become one deed.</summary>
    public static IReadOnlyList<Deed> Of(IEnumerable<EvidenceRecord> records) => [.. records.GroupBy(record => record.Op).Select(Of)];

    private static Deed Of(IGrouping<string, EvidenceRecord> attempt)
    {
        var records = attempt.OrderBy(record => record.Stage).ToList();
        var closing = records.LastOrDefault(record => record.Stage != RecordStage.Intent && record.Result != "unknown");
        var first = records[0];

        // Of many tries under one intent the last alone may have changed something, and none where they say so themselves: what others did meanwhile is not theirs.
        // A person's reason may read like theirs: what it says narrows the attempt and never widens it.
        var rolled = Repeats.WindowOf(closing);
        var end = records.Max(record => record.Recorded ?? record.Time);
        var last = rolled is { } tries && tries.Last > first.Time ? Earlier(tries.Last, end) : first.Time;
        return new Deed
        {
            Op = attempt.Key,
            Verb = first.Verb,
            Start = last,
            Ended = closing is null ? null : rolled is { Idle: true } ? last : end,
            Credential = first.Credential?.Id,
            Resource = first.Resource?.Id,
            IsCutover = first.Resource?.Type == nameof(OverlapClass.Cutover),
            // Only what closes it says what it published, whatever came of it afterwards: a promise names nothing.
            Published = _publishing.Contains(first.Verb, StringComparer.Ordinal) ? closing?.Change?.After?.Version : null,
            Answers = IsAnswer(closing),
            Minted = MintedBy(closing),
            Killed = KilledBy(closing),
            Altered = records.SelectMany(AlteredBy).ToHashSet(StringComparer.OrdinalIgnoreCase),
            Handles = records.SelectMany(HandlesOf).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase),
            Path = (closing ?? first).Path ?? "",
        };
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static bool IsAnswer(EvidenceRecord? closing) => closing is { Result: "ok" } or { Result: "reconciled", Shown: "published" }
        && (_publishing.Contains(closing.Verb, StringComparer.Ordinal) || (RemovalVerbs.IsOne(closing.Action) && _removing.Contains(closing.Verb, StringComparer.Ordinal)));

    /// <summary>A first try alone: the next one may publish what the first had minted.</summary>
    private static string? MintedBy(EvidenceRecord? closing) =>
        closing is { Stage: RecordStage.Outcome, Result: "ok", Verb: Verbs.Rotate, Tries: null or 1, Change.After.Handle: { } made } && made != closing.Change.Before?.Handle ? made : null;

    /// <summary>What a removal kills it names as buried; what another secret holds lives on.</summary>
    private static string? KilledBy(EvidenceRecord? closing) =>
        closing is { Stage: RecordStage.Outcome, Result: "ok", Verb: Verbs.Revoke or Verbs.Clean } && (!RemovalVerbs.IsOne(closing.Action) || closing.Debt is not null)
        && closing.Decision?.Reasons?.Any(reason => reason.Contains(RevocationPlanner.FoundDead, StringComparison.Ordinal)) != true
            ? closing.Credential?.Handle
            : null;

    /// <summary>What only says something (a notice, a keep, a pause) writes to no version, whatever it names.</summary>
    private static IEnumerable<string> AlteredBy(EvidenceRecord record)
    {
        var id = record.Credential?.Id;
        IEnumerable<string?> reasons = _naming.Contains(record.Verb, StringComparer.Ordinal) ? RemovalRecords.Named(record) : [];
        var spoken = _marking.Contains(record.Verb, StringComparer.Ordinal) ? record.Change?.Before?.Version : null;
        return [.. reasons.Append(spoken).OfType<string>().Select(version => $"{id}/{version}"), .. _burying.Contains(record.Verb, StringComparer.Ordinal) ? record.Debt?.Versions ?? [] : []];
    }

    private static IEnumerable<string?> HandlesOf(EvidenceRecord record) => [record.Credential?.Handle, record.Change?.Before?.Handle, record.Change?.After?.Handle, record.Debt?.Handle];
}
