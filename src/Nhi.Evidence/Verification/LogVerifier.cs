using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification;

/// <summary>
/// Verifies evidence: one log or several years of it, in containers, exported folders or zips, with nothing but two public keys. It writes nothing, believes nothing that it did not hash or verify,
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
    public static async Task<VerificationReport> VerifyAsync(IReadOnlyList<LogShard> shards, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken ct) =>
        (await VerifyAccountsAsync([shards], options, progress, ct))[0];

    /// <summary>
    /// The accounts that one product writes to, each with its years, oldest first; one report for each. What fell back to the second account closes what was begun in the first and goes on from its versions,
    /// so what records say together is judged over all of them. Saved checkpoints are the first one's; where only what is newer than those is read, all of the others is.
    /// Throws <see cref="Storage.EvidenceStoreException"/> when something cannot be read.
    /// </summary>
    public static async Task<IReadOnlyList<VerificationReport>> VerifyAccountsAsync(IReadOnlyList<IReadOnlyList<LogShard>> accounts, VerifyOptions options, IProgress<VerifyProgress>? progress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        ArgumentNullException.ThrowIfNull(options);
        using var authenticity = new RecordAuthenticity(options.ProducerKeys);
        List<Run> runs = [];
        foreach (var shards in accounts)
        {
            var own = runs.Count == 0 ? options : options with { SavedCheckpoints = [], Level = options is { Level: VerifyLevel.Delta, SavedCheckpoints.Count: > 0 } ? VerifyLevel.Full : options.Level };
            var run = new Run(own, authenticity, progress);
            runs.Add(run);
            await run.OpenAsync(shards, ct);
        }

        if (options.Level == VerifyLevel.Quick)
        {
            foreach (var run in runs)
                await new QuickCheck(run).RunAsync(ct);
        }
        else
        {
            await PassAsync(runs, options, authenticity, ct);
        }

        return [.. runs.Select(run => run.Report())];
    }

    private static async Task PassAsync(List<Run> runs, VerifyOptions options, RecordAuthenticity authenticity, CancellationToken ct)
    {
        // What is found of a log stands in the report of its account.
        var books = new FindingBook(origin => (runs.Find(run => run.Known.Any(one => one.Origin == origin)) ?? runs[0]).Book);
        var history = new EvidenceHistory(books) { Ends = options.Signatures ? new ProducersKeyEnds(authenticity, options.LogKeyVersions is not null, books) : null };
        var index = options.Index is { } table ? new IndexCheck(table, books) : null;
        foreach (var run in runs)
            await run.PassAsync(history, index, ct);
        foreach (var run in runs)
            await run.EndAsync(history, ct);
        var at = runs.Select(run => run.At).DefaultIfEmpty().Max();
        history.End(at, options, runs.SelectMany(run => run.PartlyRead).ToHashSet(StringComparer.Ordinal), runs.Max(run => run.UnreadUntil));
        if (index is not null)
            await index.CompareAsync([.. runs.SelectMany(run => run.Known).Select(one => (one.Shard.Log, one.Origin))], at, options, ct);
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
            if (options.LogKeys.Any(signed.IsSignedBy))
                return signed.Batch.Log;
        }

        return unsigned;
    }

    /// <summary>One verification under way.</summary>
    internal sealed class Run(VerifyOptions options, RecordAuthenticity authenticity, IProgress<VerifyProgress>? progress)
    {
        private readonly List<VerifiedLog> logs = [];
        private readonly SortedSet<string> notLookedAt = new(StringComparer.Ordinal);
        private readonly List<(LogShard Shard, string Origin)> known = [];
        private readonly List<(LogShard Shard, ShardPass Pass, string Origin)> passes = [];
        private List<SavedCheckpoint> saved = [];

        internal VerifyOptions Options => options;

        internal RecordAuthenticity Authenticity => authenticity;

        internal FindingBook Book { get; } = new(options.MostFindings, options.OnFinding, options.IsKnown);

        internal DateTimeOffset At { get; set; }

        /// <summary>The logs that were found, oldest year first.</summary>
        internal IReadOnlyList<(LogShard Shard, string Origin)> Known => known;

        internal IReadOnlyList<SavedCheckpoint> Saved => saved;

        /// <summary>Logs of which earlier leaves were not read.</summary>
        internal IEnumerable<string> PartlyRead => passes.Where(one => one.Pass.IsPart).Select(one => one.Origin);

        /// <summary>When the last part ends that was not read because a checkpoint was saved behind it.</summary>
        internal DateTimeOffset? UnreadUntil => passes.Max(one => one.Pass.UnreadUntil);

        internal void Skip(string what) => notLookedAt.Add(what);

        internal void Add(VerifiedLog log) => logs.Add(log);

        internal VerificationReport Report() => new() { Level = options.Level, At = At, Logs = logs, Counts = Book.Counts(), Known = Book.Known, Findings = Book.Kept(), NotLookedAt = [.. notLookedAt] };

        /// <summary>Says which logs there are, and whether the saved checkpoints are theirs.</summary>
        internal async Task OpenAsync(IReadOnlyList<LogShard> shards, CancellationToken ct)
        {
            saved = ReadSaved();
            foreach (var shard in shards)
            {
                var origin = await OriginAsync(shard, options, ct);
                if (origin is null)
                    Book.Add(LogFindingKind.LogMissing, shard.Log.Place);
                else
                    known.Add((shard, origin));
                if (origin is not null && shard.Origin is { } expected && expected != origin)
                    Book.Add(LogFindingKind.LogIsOther, expected, expected: expected, found: origin);
            }

            // A saved checkpoint is the auditor's own: it only has to be of one of these logs.
            foreach (var one in saved.Where(one => known.TrueForAll(log => log.Origin != one.Checkpoint.Origin)))
                Book.Add(LogFindingKind.SavedCheckpointUnusable, one.Checkpoint.Origin, batch: one.Checkpoint.Batch, expected: string.Join(", ", known.Select(log => log.Origin)), found: $"it is of '{one.Checkpoint.Origin}'");
        }

        /// <summary>Reads every log of the account.</summary>
        internal async Task PassAsync(EvidenceHistory history, IndexCheck? index, CancellationToken ct)
        {
            foreach (var (shard, origin) in known)
            {
                var pass = new ShardPass(shard, origin, options, authenticity, history, saved, index, Book, progress);
                await pass.RunAsync(ct);
                passes.Add((shard, pass, origin));
            }
        }

        /// <summary>All logs of all accounts are read: judges what is left to judge of these.</summary>
        internal async Task EndAsync(EvidenceHistory history, CancellationToken ct)
        {
            At = options.At ?? ExportedAt(history) ?? options.Clock.GetUtcNow();
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

            new ShardJoin(Book).Check([.. passes.Select(one => (one.Origin, one.Pass))]);
            if (authenticity.HasEnds && passes.Exists(one => one.Shard.Log is { Origin: null, Listing: null }))
                Skip($"Whether what a version of the producers' key signed that has ended was stored before: an export has no {ExportListing.FileName}.");
            if (!options.Signatures)
                Skip("Producers' signatures, and members of records that nothing is compared with: switched off; checkpoints vouch for their bytes.");
            if (options.OnRecord is null)
                Skip("Whether the platform saw the same changes: that takes its own logs (Key Vault, Entra).");
        }

        /// <summary>When an export was made, by its own word and by what its records say: who shortens its listing makes nothing newer. Null for what is read as it is now.</summary>
        private DateTimeOffset? ExportedAt(EvidenceHistory history)
        {
            if (known.Count == 0 || !known.TrueForAll(pair => pair.Shard.Log.Origin is null))
                return known.Max(pair => pair.Shard.Log.AsOf);
            var said = known.Max(pair => pair.Shard.Log.AsOf);
            var at = history.NewestRecorded > said || said is null ? history.NewestRecorded : said;
            if (at is { } instant && options.Clock.GetUtcNow() - instant > TimeSpan.FromHours(1))
                Skip($"What happened after {instant:yyyy-MM-dd'T'HH:mm:ss'Z'}: the export ends there, and is judged as of then. What is late, open or missing since shows in a newer one.");
            return at;
        }

        private List<SavedCheckpoint> ReadSaved()
        {
            List<SavedCheckpoint> read = [];
            foreach (var note in options.SavedCheckpoints)
            {
                if (SavedCheckpoint.TryRead(note, out var one, out var why))
                    read.Add(one);
                else
                    Book.Add(LogFindingKind.SavedCheckpointUnusable, "the saved checkpoint", found: why);
            }

            return read;
        }

        private async Task<long> NamesAsync(LogShard shard, ShardPass pass, string origin, CancellationToken ct)
        {
            if (options.Level != VerifyLevel.Full)
            {
                Skip("Names that stand in no batch: only a full verification lists them.");
                return pass.Names;
            }

            // Where nothing under log/ is a batch by these keys everything would be named, and says only that. A log that has not begun may hold what is none of ours.
            if (pass is { Valid: 0, Names: > 0 })
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
