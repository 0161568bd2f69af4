using Nhi.Evidence.Records;

namespace Nhi.Evidence.Tracing;

/// <summary>
/// What was valid when, out of the records of one credential alone: which version was published, by whom or what, under which policy, what was still accepted beside it, what was dead.
/// A pure function of the records; whatever they don't say stays open.
/// </summary>
public sealed class CredentialHistory
{
    private static readonly HashSet<string> Publishing = ["credential.rotate", "credential.repair", "credential.follow", "credential.rollback"];
    private static readonly HashSet<string> OfAnyVersion = ["credential.emergency", "credential.adopt"];
    private readonly List<VersionLife> versions = [];
    private readonly Dictionary<string, DateTimeOffset> begun = new(StringComparer.Ordinal);

    private CredentialHistory(string credential, IReadOnlyList<TracedRecord> records) => (Credential, Records) = (credential, records);

    /// <summary><c>kv:{vaultHost}/{name}</c>.</summary>
    public string Credential { get; }

    /// <summary>In the order of the attempts.</summary>
    public IReadOnlyList<TracedRecord> Records { get; }

    /// <summary>Every version that the records name as published or seen current, in the order in which they were.</summary>
    public IReadOnlyList<VersionLife> Versions => versions;

    /// <summary>Reads the records of the credential (those of others are left out), in any order, each any number of times.</summary>
    public static CredentialHistory Of(string credential, IEnumerable<TracedRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        var ordered = TracedRecord.InOrder(records.Where(traced => traced.Record.Credential?.Id == credential).DistinctBy(traced => traced.Path));
        var history = new CredentialHistory(credential, ordered);
        foreach (var traced in ordered)
            history.Take(traced);
        return history;
    }

    /// <summary>What the records written by then say of that instant (UTC).</summary>
    public CredentialMoment At(DateTimeOffset instant)
    {
        var history = Of(Credential, Records.Where(traced => traced.Record.Recorded <= instant));
        var closed = history.Records.Where(traced => traced.Record.Stage == RecordStage.Reconciled || (traced.Record.Stage == RecordStage.Outcome && traced.Record.Intent is not null)).Select(traced => traced.Record.Op).ToHashSet(StringComparer.Ordinal);
        var current = history.versions.LastOrDefault();
        return new CredentialMoment
        {
            Instant = instant,
            Current = current,
            Superseded = [.. history.versions.Where(version => version != current && version.DeadBy is null)],
            Dead = [.. history.versions.Where(version => version.DeadBy is not null)],
            UnderWay = [.. history.Records.Where(traced => traced.Record.Stage == RecordStage.Intent && !closed.Contains(traced.Record.Op))],
            Decided = history.Records.LastOrDefault(traced => traced.Record.Decision is not null),
        };
    }

    private void Take(TracedRecord traced)
    {
        var record = traced.Record;
        if (record.Stage == RecordStage.Intent)
            begun.TryAdd(record.Op, record.Recorded ?? record.Time);
        if (OfAnyVersion.Contains(record.Action))
        {
            OfOne(record, traced);
            return;
        }

        See(record.Change?.Before, traced);
        if (record.Stage == RecordStage.Intent)
            return;
        if (Publishing.Contains(record.Action) && record.Change?.After is { } published)
            Publish(published, traced);
        else
            See(record.Change?.After, traced);
        if (record.Debt is { } debt && (record.Result == "ok" || record.Shown == "dead"))
            Bury(debt, traced);
    }

    private void OfOne(EvidenceRecord record, TracedRecord traced)
    {
        if (record.Stage == RecordStage.Intent || record.Result != "ok")
            return;
        if (record.Action == "credential.emergency")
            Change(version => version.Version == record.Change?.Before?.Version, version => version with { Marked = version.Marked ?? traced });
        else
            Change(version => version.Version == record.Change?.After?.Version, version => version with { Handle = record.Change?.After?.Handle ?? version.Handle });
    }

    /// <summary>A record speaks of a version as current: one that nobody has named before was published by somebody else.</summary>
    private void See(VersionFacts? seen, TracedRecord traced)
    {
        if (seen is null)
            return;
        if (Find(seen.Version) is { } known)
        {
            Change(version => version == known, version => version with { Handle = seen.Handle ?? version.Handle, Expires = seen.Expires ?? version.Expires });
            return;
        }

        Add(new VersionLife(seen.Version)
        {
            Handle = seen.Handle, Expires = seen.Expires, Known = traced,
            CurrentAfter = versions.LastOrDefault()?.CurrentBy, CurrentBy = traced.Record.Recorded ?? traced.Record.Time,
        });
    }

    private void Publish(VersionFacts published, TracedRecord traced)
    {
        if (Find(published.Version) is not null)
        {
            See(published, traced);
            return;
        }

        Add(new VersionLife(published.Version)
        {
            Handle = published.Handle, Expires = published.Expires, Known = traced, PublishedByUs = true,
            CurrentAfter = begun.TryGetValue(traced.Record.Op, out var intent) ? intent : null, CurrentBy = traced.Record.Recorded ?? traced.Record.Time,
        });
    }

    private void Add(VersionLife life)
    {
        if (versions.Count > 0)
            versions[^1] = versions[^1] with { SupersededBy = life.Version };
        versions.Add(life);
    }

    /// <summary>The versions that the record names; in records that name none, those with its handle that something else has superseded.</summary>
    private void Bury(DebtFacts debt, TracedRecord traced)
    {
        var named = (debt.Versions ?? []).Where(version => version.StartsWith(Credential + "/", StringComparison.Ordinal)).Select(version => version[(Credential.Length + 1)..]).ToHashSet(StringComparer.Ordinal);
        Change(version => version.DeadBy is null && (debt.Versions is null ? version.Handle == debt.Handle && version.SupersededBy is not null : named.Contains(version.Version)), version => version with
        {
            DeadAfter = begun.TryGetValue(traced.Record.Op, out var intent) ? intent : null, DeadBy = traced.Record.Recorded ?? traced.Record.Time, Killed = traced,
        });
    }

    private VersionLife? Find(string version) => versions.Find(life => life.Version == version);

    private void Change(Predicate<VersionLife> which, Func<VersionLife, VersionLife> change)
    {
        for (var i = 0; i < versions.Count; i++)
            if (which(versions[i]))
                versions[i] = change(versions[i]);
    }
}
