using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification;

/// <summary>
/// Verifies evidence (evidence.md 3.7): one log or several years of it, in containers, exported folders or zips, with nothing but two public keys. It writes nothing, believes nothing that it did not hash or verify,
/// names what it finds and says what it did not look at. Memory: about 30 bytes a record.
/// </summary>
public static class LogVerifier
{
    // Where an export does not say which log it is, its first batches do.
    private const int MostProbes = 64;

    /// <summary>One log.</summary>
    public static Task<VerificationReport> VerifyAsync(IReadableLog log, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken ct) =>
        VerifyAsync([new LogShard(log)], options, progress, ct);

    /// <summary>
    /// Several years of one evidence account, oldest first. Throws <see cref="Storage.EvidenceStoreException"/> when something cannot be read, which is no finding: nothing is known then.
    /// </summary>
    public static async Task<VerificationReport> VerifyAsync(IReadOnlyList<LogShard> shards, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(options);
        using var authenticity = new RecordAuthenticity(options.ProducerKeys);
        var run = new Run(options, authenticity, progress);
        var saved = run.ReadSaved();
        List<(LogShard Shard, string Origin)> known = [];
        foreach (var shard in shards)
        {
            var origin = await OriginAsync(shard, options, ct);
            if (origin is null)
                run.Book.Add(LogFindingKind.LogMissing, shard.Log.Place);
            else
                known.Add((shard, origin));
            if (origin is not null && shard.Origin is { } expected && expected != origin)
                run.Book.Add(LogFindingKind.LogIsOther, expected, expected: expected, found: origin);
        }

        run.CheckSaved(saved, known.Select(pair => pair.Origin));
        if (options.Level == VerifyLevel.Quick)
            return await new QuickCheck(run, saved).RunAsync(known, ct);
        await run.PassAsync(known, saved, ct);
        return run.Report();
    }

    /// <summary>Which log a place holds: what it says itself, else what a batch that the log key signed says.</summary>
    internal static async Task<string?> OriginAsync(LogShard shard, VerifyOptions options, CancellationToken ct)
    {
        if (shard.Log.Origin is { } told)
            return told;
        string? unsigned = null;
        for (var number = 0; number < MostProbes; number++)
        {
            if (await shard.Log.ReadAsync(BatchName.Of(number), BatchFile.MostBytes, ct) is not { Truncated: false } blob || !BatchParser.TryParse(blob.Bytes, out var signed, out _))
                continue;
            unsigned ??= signed.Batch.Log;
            foreach (var spki in options.LogKeys)
            {
                using var key = Es256.TryImport(spki.Span);
                if (key is not null && Es256.Verify(key, BatchFile.SignedText(signed.SignedText.Span), signed.Signature.Span))
                    return signed.Batch.Log;
            }
        }

        return unsigned;
    }

    /// <summary>One verification under way.</summary>
    internal sealed class Run(VerifyOptions options, RecordAuthenticity authenticity, IProgress<VerifyProgress>? progress)
    {
        private readonly List<VerifiedLog> logs = [];
        private readonly SortedSet<string> notLookedAt = new(StringComparer.Ordinal);

        internal VerifyOptions Options => options;

        internal RecordAuthenticity Authenticity => authenticity;

        internal FindingBook Book { get; } = new(options.MostFindings, options.OnFinding, options.IsKnown);

        internal DateTimeOffset At { get; set; }

        internal void Skip(string what) => notLookedAt.Add(what);

        internal void Add(VerifiedLog log) => logs.Add(log);

        internal VerificationReport Report() => new() { Level = options.Level, At = At, Logs = logs, Counts = Book.Counts(), Known = Book.Known, Findings = Book.Kept(), NotLookedAt = [.. notLookedAt] };

        internal List<SavedCheckpoint> ReadSaved()
        {
            List<SavedCheckpoint> saved = [];
            foreach (var note in options.SavedCheckpoints)
            {
                if (SavedCheckpoint.TryRead(note, out var one, out var why))
                    saved.Add(one);
                else
                    Book.Add(LogFindingKind.SavedCheckpointUnusable, "the saved checkpoint", found: why);
            }

            return saved;
        }

        /// <summary>A saved checkpoint is the auditor's own: it only has to be of one of these logs.</summary>
        internal void CheckSaved(List<SavedCheckpoint> saved, IEnumerable<string> origins)
        {
            foreach (var one in saved.Where(one => !origins.Contains(one.Checkpoint.Origin)))
                Book.Add(LogFindingKind.SavedCheckpointUnusable, one.Checkpoint.Origin, batch: one.Checkpoint.Batch, expected: string.Join(", ", origins), found: $"it is of '{one.Checkpoint.Origin}'");
        }

        internal async Task PassAsync(List<(LogShard Shard, string Origin)> shards, List<SavedCheckpoint> saved, CancellationToken ct)
        {
            var history = new EvidenceHistory(Book);
            var index = options.Index is { } table ? new IndexCheck(table, options.OtherLogs, Book) : null;
            List<(LogShard Shard, ShardPass Pass, string Origin)> passes = [];
            foreach (var (shard, origin) in shards)
            {
                var pass = new ShardPass(shard, origin, options, authenticity, history, saved, index, Book, progress);
                await pass.RunAsync(ct);
                passes.Add((shard, pass, origin));
            }

            At = options.At ?? ExportedAt(shards, history) ?? options.Clock.GetUtcNow();
            if (passes.Min(one => one.Pass.CutAt) is { } cut && cut < At)
                At = cut;
            foreach (var (shard, pass, origin) in passes)
            {
                pass.End(At);
                var names = await NamesAsync(shard, pass, origin, ct);
                var policy = await PolicyAsync(shard, origin, ct);
                Add(new VerifiedLog(origin, shard.Log.Place, pass.Valid, pass.Ledger.Size, pass.RecordsRead, pass.Ledger.Checkpoints, names, pass.Ledger.Head, pass.IsClosed, pass.CutAt is not null, policy));
                if (pass.CutAt is not null)
                    Skip($"What {origin} has behind batch {pass.Ledger.LastBatch}: the time was over.");
            }

            foreach (var (shard, _, origin) in passes)
            {
                foreach (var (path, how) in shard.Log.Damaged)
                    Book.Add(LogFindingKind.NameUnreadable, origin, path, found: how);
            }

            history.End(At, options, passes.TrueForAll(one => !one.Pass.IsPart));
            new ShardJoin(Book).Check([.. passes.Select(one => (one.Origin, one.Pass))]);
            if (index is not null)
                await index.CompareAsync([.. passes.Select(one => (one.Shard.Log, one.Origin))], At, options, ct);
            if (!options.Signatures)
                Skip("Producers' signatures, and members of records that nothing is compared with: switched off; checkpoints vouch for their bytes.");
            if (options.OnRecord is null)
                Skip("Whether the platform saw the same changes: that takes its own logs (Key Vault, Entra).");
        }

        /// <summary>When an export was made, by its own word and by what its records say: who shortens its listing makes nothing newer. Null for what is read as it is now.</summary>
        private DateTimeOffset? ExportedAt(List<(LogShard Shard, string Origin)> shards, EvidenceHistory history)
        {
            if (shards.Count == 0 || !shards.TrueForAll(pair => pair.Shard.Log.Origin is null))
                return shards.Max(pair => pair.Shard.Log.AsOf);
            var said = shards.Max(pair => pair.Shard.Log.AsOf);
            var at = history.NewestRecorded > said || said is null ? history.NewestRecorded : said;
            if (at is { } instant && options.Clock.GetUtcNow() - instant > TimeSpan.FromHours(1))
                Skip($"What happened after {instant:yyyy-MM-dd'T'HH:mm:ss'Z'}: the export ends there, and is judged as of then. What is late, open or missing since shows in a newer one.");
            return at;
        }

        private async Task<long> NamesAsync(LogShard shard, ShardPass pass, string origin, CancellationToken ct)
        {
            if (options.Level != VerifyLevel.Full)
            {
                Skip("Names that stand in no batch: only a full verification lists them.");
                return pass.Names;
            }

            if (pass.Valid == 0)
                return pass.Names;
            if (!pass.Ledger.IsKnown)
                Skip($"Roots of {origin} behind a batch that is missing or cannot be read: what they are made of is not known.");
            if (shard.Log is { Origin: null, Listing: null })
                Skip($"When blobs of {origin} were created: the export has no {ExportListing.FileName}.");
            if (shard.Tiles is null)
                Skip($"Tiles of {origin}: none were given.");
            var check = new NamesCheck(shard, origin, options, authenticity, pass.Logged, Book, progress);
            await check.RunAsync(At, ct);
            return check.Names;
        }

        /// <summary>How the container is protected; null where nobody can say.</summary>
        internal async Task<ContainerPolicyState?> PolicyAsync(LogShard shard, string origin, CancellationToken ct)
        {
            var look = shard.Policy is null ? null : await shard.Policy.ReadAsync(origin, ct);
            if (look?.State is not { } state)
            {
                Skip($"The immutability policy of {origin}{(look?.WhyNot is { } why ? $", which could not be read: {why.TrimEnd('.')}. Ask" : ": ask")} its control plane (az storage container immutability-policy show).");
                return null;
            }

            if (!state.Locked)
                Book.Add(LogFindingKind.PolicyUnlocked, origin);
            var required = state.RequiredDays ?? options.RetentionDays;
            if (state.RetentionDays < required)
                Book.Add(LogFindingKind.RetentionShort, origin, expected: $"{required} days", found: $"{state.RetentionDays} days");
            if (state.AppendWritesAllowed)
                Book.Add(LogFindingKind.AppendAllowed, origin);
            if (state.SharedKeyAllowed)
                Book.Add(LogFindingKind.SharedKeyAllowed, origin);
            return state;
        }
    }
}
