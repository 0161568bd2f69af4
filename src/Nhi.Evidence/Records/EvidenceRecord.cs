using System.Text.Json.Serialization;

namespace Nhi.Evidence.Records;

/// <summary>
/// One fact in the evidence log, schema <c>nhi-evidence/1</c> (closed: there is no member beyond these). Instants are UTC, whole milliseconds.
/// The writer fills <c>log</c>, <c>path</c>, <c>recorded</c>, <c>producer</c>, <c>late</c>, <c>withheld</c>, <c>location</c> and <c>sig</c>; everybody else leaves them out.
/// Members that are null or empty are not written.
/// </summary>
public sealed record EvidenceRecord
{
    /// <summary>The container it is written to: <c>{account host}/{container}</c>. Set by the writer.</summary>
    public string? Log { get; init; }

    /// <summary>The blob's name: a pure function of the record (see <c>RecordPath</c>). Set by the writer.</summary>
    public string? Path { get; init; }

    /// <summary>One attempt: 26 characters of lower-case Crockford base32.</summary>
    public required string Op { get; init; }

    public required RecordStage Stage { get; init; }

    /// <summary>What is done, as <c>noun.verb</c>, e.g. <c>credential.rotate</c>, <c>credential.revoke</c>, <c>credential.govern</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The verb in the blob's name: the part of <see cref="Action"/> behind the dot.</summary>
    [JsonIgnore]
    public string Verb => Action[(Action.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>The result as the blob's name shows it: <c>ok</c>, <c>RETRY</c>, <c>BLOCKED</c>, <c>FAILED</c>, <c>DENIED</c>, <c>reconciled</c>, <c>unknown</c>, <c>FINDING</c>, <c>summary</c>, <c>seal</c>; null for an intent.</summary>
    public string? Result { get; init; }

    /// <summary>What provider and vault showed, for a reconciled outcome: <c>published</c>, <c>absent</c>, <c>dead</c>, <c>alive</c>, <c>unknown</c>.</summary>
    public string? Shown { get; init; }

    /// <summary>Start of the attempt, UTC, whole seconds: what the path is made of.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was written, UTC. Set by the writer.</summary>
    public DateTimeOffset? Recorded { get; init; }

    /// <summary>One sentence for a human reader.</summary>
    public required string Summary { get; init; }

    /// <summary>On an outcome: the intent that it closes.</summary>
    public RecordReference? Intent { get; init; }

    public TriggerFacts? Trigger { get; init; }
    public CorrelationFacts? Correlation { get; init; }
    public PrincipalFacts? RequestedBy { get; init; }
    public AgentFacts? Agent { get; init; }
    public OwnerFacts? Owner { get; init; }
    public CredentialFacts? Credential { get; init; }
    public ResourceFacts? Resource { get; init; }
    public ChangeFacts? Change { get; init; }
    public ApprovalFacts? Approval { get; init; }
    public DecisionFacts? Decision { get; init; }
    public ErrorFacts? Error { get; init; }

    /// <summary>The rotation id <c>R</c>, 26 characters of Crockford base32.</summary>
    public string? Rotation { get; init; }

    /// <summary>The fence of the resource's row under which this was done.</summary>
    public long? Fence { get; init; }

    /// <summary>How often this verb was tried for this R, this attempt included.</summary>
    public int? Tries { get; init; }

    /// <summary>No attempt before this instant, UTC.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>On an intent: when an outcome is due at the latest, UTC.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Controls served, e.g. <c>OWASP-NHI7:2025</c>, <c>CSF2:PR.AA-01</c>, <c>CSF1.1:PR.AC-1</c>, <c>AI-RMF:GOVERN-1.4</c>.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];

    public CoverageFacts? Coverage { get; init; }
    public SealFacts? Seal { get; init; }
    public ShardFacts? Shard { get; init; }

    /// <summary>A version of the key that certifies producers, which has ended.</summary>
    public EndedKeyFacts? EndedKey { get; init; }

    public FindingFacts? Finding { get; init; }
    public DebtFacts? Debt { get; init; }

    /// <summary>A role assignment that is told of, taken away or there again: all that is needed to make it again.</summary>
    public AssignmentFacts? Assignment { get; init; }

    /// <summary>What each slot or principal of the resource holds, as keyed fingerprints.</summary>
    public IReadOnlyList<SlotFacts> Slots { get; init; } = [];

    /// <summary>True when <see cref="Recorded"/> and the blob's creation may differ by more than five minutes.</summary>
    public bool Late { get; init; }

    /// <summary>Members whose value the guard withheld, as JSON paths.</summary>
    public IReadOnlyList<string> Withheld { get; init; } = [];

    /// <summary><c>secondary</c> when it was written to the secondary account; null otherwise.</summary>
    public string? Location { get; init; }

    public ProducerFacts? Producer { get; init; }
}
