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

        internal FindingBook Book { get; } = new(options.MostFindings, options.OnFinding);

        internal DateTimeOffset At { get; set; }

        internal void Skip(string what) => notLookedAt.Add(what);

        internal void Add(VerifiedLog log) => logs.Add(log);

        internal VerificationReport Report() => new() { Level = options.Level, At = At, Logs = logs, Counts = Book.Counts(), Findings = Book.Kept(), NotLookedAt = [.. notLookedAt] };

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
            var index = options.Index is { } table ? new IndexCheck(table, Book) : null;
            List<(LogShard Shard, ShardPass Pass, string Origin)> passes = [];
            foreach (var (shard, origin) in shards)
            {
                var pass = new ShardPass(shard, origin, options, authenticity, history, saved, index, Book, progress);
                await pass.RunAsync(ct);
                passes.Add((shard, pass, origin));
            }

            At = options.At ?? shards.Select(pair => pair.Shard.Log.AsOf).Max() ?? (shards.All(pair => pair.Shard.Log.Origin is null) ? history.NewestRecorded : null) ?? options.Clock.GetUtcNow();
            foreach (var (shard, pass, origin) in passes)
            {
                pass.End(At);
                var names = await NamesAsync(shard, pass, origin, ct);
                await PolicyAsync(shard, origin, ct);
                Add(new VerifiedLog(origin, shard.Log.Place, pass.Valid, pass.Ledger.Size, pass.RecordsRead, pass.Ledger.Checkpoints, names, pass.Ledger.Head, pass.IsClosed));
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
            var check = new NamesCheck(shard, origin, options, authenticity, pass, Book, progress);
            await check.RunAsync(At, ct);
            return check.Names;
        }

        internal async Task PolicyAsync(LogShard shard, string origin, CancellationToken ct)
        {
            if (shard.Policy is null || await shard.Policy.ReadAsync(origin, ct) is not { } state)
            {
                Skip($"The immutability policy of {origin}: ask its control plane (az storage container immutability-policy show).");
                return;
            }

            if (!state.Locked)
                Book.Add(LogFindingKind.PolicyUnlocked, origin);
            if (state.RetentionDays < options.RetentionDays)
                Book.Add(LogFindingKind.RetentionShort, origin, expected: $"{options.RetentionDays} days", found: $"{state.RetentionDays} days");
            if (state.AppendWritesAllowed)
                Book.Add(LogFindingKind.AppendAllowed, origin);
            if (state.SharedKeyAllowed)
                Book.Add(LogFindingKind.SharedKeyAllowed, origin);
        }
    }
}
