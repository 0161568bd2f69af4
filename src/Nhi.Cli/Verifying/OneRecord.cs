using Microsoft.Extensions.DependencyInjection;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Proofs;

namespace Nhi.Cli.Verifying;

/// <summary>One record: <c>nhi verify --record</c> and <c>nhi evidence prove</c>.</summary>
/// <param name="keys">What is trusted.</param>
/// <param name="clock">What ages are measured from.</param>
/// <param name="index">Says which batch to look at first; it is not trusted. Null for a download.</param>
internal sealed class OneRecord(TrustedKeys keys, TimeProvider clock, IEvidenceIndex? index)
{
    public static OneRecord Of(IServiceProvider? services, TrustedKeys keys, TimeProvider clock) => new(keys, clock, services?.GetService<IEvidenceIndex>());

    /// <summary>Throws <see cref="CliFailure"/> for what is no record's name.</summary>
    public static string Name(string path) => RecordPath.IsListable(path)
        ? path
        : throw new CliFailure("That is no record's name. It reads records/yyyy/MM/dd/HH/….json; nhi evidence ls lists them. To check a file against a proof, name the proof with --proof.");

    /// <summary>Verifies the record in every log that has something at that name.</summary>
    public async Task<Answer> VerifyAsync(IReadOnlyList<EvidencePlace> places, string path, CancellationToken ct)
    {
        var found = await FindAsync(places, path, ct);
        var ok = found.TrueForAll(one => one.Result.IsClean);
        var shape = new RecordVerifiedShape(ok, path, [.. found.Select(one => RecordInLogShape.Of(one.Result))]);
        return new Answer(shape, [
            .. found.Select(one => one.Result).SelectMany(Blocks),
            Block.Lines(ok ? "The record is what was written and logged." : found.TrueForAll(one => one.Result.IsClean || one.Result.IsTooNew) ? "The record is what was written, and too new to be in the log." : "This is not as it should be: see above.")], ok ? ExitCode.Fine : ExitCode.Findings);
    }

    /// <summary>Writes the proof (and the record's bytes) for somebody who has neither Azure nor <c>nhi</c>.</summary>
    public async Task<Answer> ProveAsync(IReadOnlyList<EvidencePlace> places, string path, IReadOnlyList<string> since, string? file, string? record, CancellationToken ct)
    {
        var found = await FindAsync(places, path, ct, [.. since.Select(LogVerification.ReadNote)]);
        if (found.Find(one => one.Result.Proof is not null) is not { Result: { Proof: { } proof } result } clean)
        {
            var shape = new RecordVerifiedShape(false, path, [.. found.Select(one => RecordInLogShape.Of(one.Result))]);
            return new Answer(shape, [.. found.Select(one => one.Result).SelectMany(Blocks), Block.Lines("There is nothing to prove: see above.")], ExitCode.Findings);
        }

        if (record is not null)
        {
            var blob = await clean.Shard.Log.ReadAsync(path, RecordLimits.Bytes, ct);
            if (blob is null || proof.Check(blob.Bytes.Span, result.Log, keys.Log) is not null)
                throw new CliFailure($"'{path}' changed while it was proven. Run the same command again.", ExitCode.Failed);
            await WriteAsync(record, blob.Bytes, ct);
        }

        var text = proof.Format();
        if (file is not null)
            await WriteAsync(file, System.Text.Encoding.UTF8.GetBytes(text), ct);
        return new Answer(new ProofShape(result.Log, path, result.Batch!.Value, result.Into!.Value, proof.Index, file, record, text), [Block.Lines(file is null
            ? text.TrimEnd('\n')
            : $"{file} proves that leaf {proof.Index} of {result.Log} is that record. nhi verify --record {record ?? "RECORD"} --proof {file} --log-key KEY checks it anywhere.")]);
    }

    /// <summary>Of all logs those that hold something at the name; where none does, those that list it; else the newest, for its words.</summary>
    private async Task<List<Found>> FindAsync(IReadOnlyList<EvidencePlace> places, string path, CancellationToken ct, params IReadOnlyList<ReadOnlyMemory<byte>> saved)
    {
        var options = new VerifyOptions { LogKeys = keys.Log, LogKeyVersions = keys.LogVersions, ProducerKeys = keys.Producers, Clock = clock, SavedCheckpoints = saved };
        // With the next year's log of the same account, which lists what came too late.
        var shards = places.SelectMany(place => place.Shards.Select((shard, i) => (Shard: shard, Next: place.Shards.ElementAtOrDefault(i + 1)))).ToList();
        List<(LogShard Shard, LogShard? Next)> holding = [];
        foreach (var one in shards)
            if (await one.Shard.Log.ReadAsync(path, 1, ct) is not null)
                holding.Add(one);
        var hint = await HintAsync(path, ct);
        List<Found> found = [];
        foreach (var (shard, next) in holding.Count > 0 ? holding : shards)
            found.Add(new Found(shard, await RecordVerifier.VerifyAsync(shard, next, path, hint, options, ct)));
        if (found.Count == 0)
            throw new CliFailure("There is no log here. nhi evidence prepare makes the containers ready.", ExitCode.Failed);
        return holding.Count > 0 ? found : found.Where(one => one.Result.Batch is not null).DefaultIfEmpty(found[^1]).ToList();
    }

    private async Task<long?> HintAsync(string path, CancellationToken ct)
    {
        if (index is null || !RecordPath.TryParse(path, out var name))
            return null;
        try
        {
            return (await index.OfOperationAsync(name.Op, ct).FirstOrDefaultAsync(row => row.Path == path, ct))?.Batch;
        }
        catch (EvidenceIndexException)
        {
            return null;
        }
    }

    private static IEnumerable<Block> Blocks(RecordVerification result)
    {
        if (result.Proof is { } proof)
            yield return Block.Lines($"{result.Log}/{result.Path}", $"   batch {result.Batch}, leaf {proof.Index}, included in the checkpoint of batch {result.Into} by {proof.Hashes.Count} hashes, signed by a certified producer");
        if (result.StrayIn is { } list)
            yield return Block.Lines($"{result.Log}/{result.Path}", $"   came into a log that was closed; the next one lists it with this hash: {list}");
        foreach (var finding in result.Findings)
            yield return Block.Lines(LogVerification.Lines(finding));
    }

    private static async Task WriteAsync(string file, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            await File.WriteAllBytesAsync(file, bytes, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliFailure($"'{file}' could not be written: {e.Message}", ExitCode.Failed);
        }
    }

    private sealed record Found(LogShard Shard, RecordVerification Result);
}
