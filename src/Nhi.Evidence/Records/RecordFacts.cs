namespace Nhi.Evidence.Records;

// The members of a record, side by side: one file, since each is a few names that only make sense together.

/// <summary>Another record: its blob name and the lower-case hex SHA-256 of its bytes.</summary>
public sealed record RecordReference(string Path, string Sha256);

/// <summary>Why something ran. <paramref name="Source"/> and <paramref name="Id"/> as the event says them, or <c>timer</c> and the floored instant, or <c>request</c> and its id.</summary>
public sealed record TriggerFacts(string Source, string Id, string Type, DateTimeOffset? Time = null, int? Delivery = null);

public sealed record CorrelationFacts(string? Id = null, string? Trace = null, string? Session = null);

/// <summary><paramref name="Type"/>: <c>user</c>, <c>group</c>, <c>service</c>, <c>agent</c>, <c>system</c>.</summary>
public sealed record PrincipalFacts(string Type, string Id, string? Name = null, string? Tenant = null, PrincipalFacts? OnBehalfOf = null);

public sealed record AgentFacts(string Id, string? Instance = null, string? Model = null, string? Version = null);

/// <summary><paramref name="Confidence"/>: 0 to 100.</summary>
public sealed record OwnerFacts(string Type, string Id, string? Name = null, string? Via = null, int? Confidence = null);

/// <summary><paramref name="Id"/>: <c>kv:{vaultHost}/{name}</c>. <paramref name="Handle"/>: what the provider calls it. <paramref name="Fingerprint"/>: keyed HMAC of the value, never the value or a plain hash.</summary>
public sealed record CredentialFacts(string Id, string? Kind = null, string? Name = null, string? Handle = null, string? IssuedTo = null, string? Fingerprint = null, string? Verification = null);

public sealed record ResourceFacts(string Id, string? Type = null, IReadOnlyList<string>? Scope = null);

/// <summary><paramref name="State"/>: <c>active</c>, <c>superseded</c>, <c>disabled</c>, <c>dead</c>, <c>absent</c>.</summary>
public sealed record VersionFacts(string Version, DateTimeOffset? Expires = null, string? State = null, string? Handle = null);

public sealed record ChangeFacts(VersionFacts? Before = null, VersionFacts? After = null);

/// <summary><paramref name="Mode"/>: <c>automated</c>, <c>dynamic</c>, <c>human</c>, <c>break-glass</c>.</summary>
public sealed record ApprovalFacts(string Mode, string? By = null, DateTimeOffset? At = null, string? Reference = null, DateTimeOffset? Expires = null);

/// <summary><paramref name="Effect"/>: <c>allow</c>, <c>observe</c>, <c>deny</c>. <paramref name="Policy"/>: the rule's name; <paramref name="Sha256"/>: of the policy's text.</summary>
public sealed record DecisionFacts(string Effect, string Policy, string? Version = null, string? Sha256 = null, IReadOnlyList<string>? Reasons = null);

public sealed record ErrorFacts(string Code, string Message);

/// <summary>
/// What a sweep saw. <paramref name="Source"/>: whose list or log; the union of windows (<paramref name="From"/>, <paramref name="To"/>] of one source has no gap, across shards too; overlap is legal.
/// <paramref name="Observed"/>: what it was shown; <paramref name="Matched"/>: of these, what agreed with what was known. <paramref name="Unmatched"/>: what it could not finish with, the first fifty.
/// <paramref name="Partial"/>: true when it did not see everything.
/// </summary>
public sealed record CoverageFacts(string Source, DateTimeOffset From, DateTimeOffset To, long Observed, long Matched, IReadOnlyList<string>? Unmatched = null, bool Partial = false);

/// <summary>
/// What the log grew by since the seal before. <paramref name="From"/>, <paramref name="To"/>: from that one's <c>to</c> to the full hour that this one is named for; more than an hour after an outage.
/// <paramref name="FirstIndex"/> to <paramref name="LastIndex"/>: its leaves, the first right behind the other seal's last; an hour without leaves ends where it begins, less one.
/// <paramref name="Counts"/>: these leaves by <c>{verb}_{stage}</c>, as their names show both (<c>rotate_2-ok</c>), <c>other</c> for names that no record has. <paramref name="OpenIntents"/>: ops up to <paramref name="LastIndex"/> with an intent and nothing that closes it.
/// <paramref name="Previous"/>: the seal before; absent in a log's first. <paramref name="Checkpoint"/>: the newest checkpoint's batch, <paramref name="Root"/> the tree's root at <paramref name="LastIndex"/> + 1 leaves, base64; absent in an empty log.
/// <paramref name="Foreign"/>: blobs under <c>records/</c> that whoever sealed has found to be no records of this log.
/// </summary>
public sealed record SealFacts(
    DateTimeOffset From, DateTimeOffset To, long FirstIndex, long LastIndex, IReadOnlyDictionary<string, long> Counts, long OpenIntents, RecordReference? Previous = null, long? Checkpoint = null, long? Foreign = null, string? Root = null);

/// <summary>A checkpoint of a log: its batch, its size, its root (base64), and the signed note as it is stored, so that it outlives its container.</summary>
public sealed record CheckpointFacts(long Batch, long Size, string Root, string? Note = null);

/// <summary>
/// What one log says of another. <paramref name="Log"/>: the other's origin. <paramref name="Checkpoint"/>: its newest (<c>shard.open</c>), its last (<c>shard.close</c>).
/// <paramref name="Strays"/>: authentic records that came into it after it was closed (<c>shard.stray</c>).
/// </summary>
public sealed record ShardFacts(string Log, CheckpointFacts? Checkpoint = null, IReadOnlyList<RecordReference>? Strays = null);

/// <summary>A version of the key <c>producers</c> that has come to its end. <paramref name="Sha256"/>: lower-case hex, of its public key (SPKI, DER); <paramref name="Until"/>: the end, UTC, as the key's keeper says it: what the version certified counts in what was created before.</summary>
public sealed record EndedKeyFacts(string Sha256, DateTimeOffset Until);

/// <summary><paramref name="Signal"/>: the finding's name; <paramref name="Severity"/>: <c>info</c>, <c>warning</c>, <c>critical</c>; <paramref name="Remedy"/>: what a person can do.</summary>
public sealed record FindingFacts(string Signal, string Severity, string? Remedy = null, IReadOnlyList<string>? Facts = null, int? Count = null, int? Score = null);

/// <summary>
/// A superseded credential that has to die: its handle, since when it is superseded, when its overlap ends, why nothing more is known of its use, and the versions that die with it, as <c>kv:{vaultHost}/{name}/{version}</c>.
/// </summary>
public sealed record DebtFacts(string Handle, DateTimeOffset? Since = null, DateTimeOffset? Due = null, string? Use = null, IReadOnlyList<string>? Versions = null);

/// <summary>
/// A role assignment of Azure, whole. <paramref name="Id"/>, <paramref name="Scope"/>: ARM ids; <paramref name="Role"/>: the ARM id of its definition; <paramref name="Principal"/>: an object id;
/// <paramref name="Type"/>: <c>ServicePrincipal</c>, <c>User</c>, <c>Group</c>.
/// </summary>
public sealed record AssignmentFacts(string Id, string Role, string Principal, string Type, string Scope, string? Condition = null, string? ConditionVersion = null, string? Description = null);

/// <summary>What a slot or principal holds: a keyed fingerprint of the value, or <c>closed</c>.</summary>
public sealed record SlotFacts(string Handle, string Fingerprint);

public sealed record ProducerFacts(string Service, string Version, string Instance, string Key, string Cert, string? Commit = null, string? Region = null);
