using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Nhi.Evidence.Index;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Writing;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Evidence;

/// <summary>
/// The evidence log, made of writer, containers and index. Since the index lags by a minute or so, what this process wrote in the last two hours is merged into every answer.
/// </summary>
/// <param name="writer">Makes records durable.</param>
/// <param name="primary">The containers of the evidence account.</param>
/// <param name="secondary">Those of the account to fall back to, or null.</param>
/// <param name="producer">Judges what is read.</param>
/// <param name="index">The index.</param>
/// <param name="timers">Real time: how long what was written is remembered.</param>
/// <param name="logger">Says when evidence went to the secondary account, or a record's name was squatted.</param>
public sealed partial class EvidenceLog(
    EvidenceWriter writer, IEvidenceContainers primary, IEvidenceContainers? secondary, Producer producer, IEvidenceIndex index, TimeProvider timers, ILogger<EvidenceLog> logger) : IEvidenceLog
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(2);
    private const int MostRemembered = 50_000;
    private readonly ConcurrentDictionary<string, Memory> recent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> atSecondary = new(StringComparer.Ordinal);
    private long pruned = timers.GetTimestamp();

    public async Task<RecordReference> WriteAsync(EvidenceRecord record, WriteRules rules, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(record);
        // This process put the operation there, or the record is made of one that was read there.
        var request = new WriteRequest(rules.FirstWriterWins, rules.MayFallBack, atSecondary.ContainsKey(record.Op) || record.Location is not null);
        try
        {
            var written = await writer.WriteAsync(record, request, ct);
            Remember(written, fellBack: !request.AtSecondary);
            return written.Reference;
        }
        catch (EvidenceWriteRefusedException e)
        {
            throw new EvidenceRefusedException(e.Message, e);
        }
    }

    public string PathOf(EvidenceRecord record) => RecordPath.Of(record);

    public async Task<string?> ClosingOfAsync(string intentPath, CancellationToken ct)
    {
        if (!RecordPath.TryParse(intentPath, out var intent))
            return null;
        var plain = RecordPath.Plain(intentPath);
        var prefix = plain[..plain.LastIndexOf("1-intent_", StringComparison.Ordinal)];
        return await FirstAsync(
            async store =>
            {
                await foreach (var blob in store.ListAsync(prefix, ct))
                    if (RecordPath.TryParse(blob.Path, out var name) && name.Op == intent.Op && name.Closes && await ReadAsync(blob.Path, ct) is not null)
                        return blob.Path;
                return null;
            },
            $"The outcome of '{intentPath}' could not be looked for", ct);
    }

    public async Task<ReadRecord?> ReadAsync(string path, CancellationToken ct)
    {
        if (!RecordPath.IsListable(path))
            return null;
        return await FirstAsync(
            async store => await store.ReadAsync(path, RecordLimits.Bytes, ct) is { Truncated: false } blob && (await producer.AuthenticityAsync(ct)).Check(blob.Bytes.Span, path, store.Origin, blob.Created).Record is { } record
                ? new ReadRecord(record, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(blob.Bytes.Span)))
                : null,
            $"The record '{path}' could not be read", ct);
    }

    /// <summary>
    /// What the first container gives that has it. An account that does not answer hides nothing that the other one has: what must not wait stands there. Where nobody has it, nobody can say either that it is nowhere.
    /// </summary>
    private async Task<T?> FirstAsync<T>(Func<IEvidenceStore, Task<T?>> look, string otherwise, CancellationToken ct)
        where T : class
    {
        Exception? silent = null;
        foreach (var account in new[] { primary, secondary }.OfType<IEvidenceContainers>())
        {
            try
            {
                foreach (var store in await account.AllAsync(ct))
                    if (await look(store) is { } found)
                        return found;
            }
            catch (Exception e) when (e is EvidenceStoreException or SigningException)
            {
                silent ??= e;
            }
        }

        return silent is null ? null : throw new ExternalCallException($"{otherwise}: {silent.Message}", mayHaveHappened: false, transient: true, inner: silent);
    }

    public async Task<ReadRecord?> NewestAsync(string action, DateTimeOffset before, CancellationToken ct)
    {
        try
        {
            var search = new NewestRecord(await producer.AuthenticityAsync(ct), action, before);
            foreach (var store in await primary.AllAsync(ct))
            {
                if (await search.FindAsync(store, ct) is { } found)
                    return found;
            }
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException)
        {
            throw new ExternalCallException($"The newest record of '{action}' could not be looked for: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }

        return null;
    }

    public async Task<IReadOnlyList<IndexedRecord>> OfResourceAsync(ResourceId resource, CancellationToken ct)
    {
        var found = new Dictionary<string, IndexedRecord>(StringComparer.Ordinal);
        await foreach (var row in Asked(index.OfResourceAsync(resource.Value, ct), $"records of the resource {resource}", ct))
            found[row.Path] = Indexed(row);
        foreach (var memory in Recent())
        {
            if (string.Equals(memory.Record.Resource, resource.Value, StringComparison.OrdinalIgnoreCase))
                found[memory.Record.Path] = memory.Record;
        }

        var closed = found.Values.Where(Closes).Select(record => record.Op).ToHashSet(StringComparer.Ordinal);
        return IndexedRecord.NewestFirst(found.Values.Select(record => record.Stage == RecordStage.Intent && closed.Contains(record.Op) ? record with { Closed = true } : record));
    }

    public async IAsyncEnumerable<IndexedRecord> OpenIntentsAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken ct)
    {
        var ours = Recent().Select(memory => memory.Record).ToArray();
        var closed = ours.Where(Closes).Select(record => record.Op).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in Asked(index.OpenIntentsAsync(before, ct), "open intents", ct))
        {
            if (!closed.Contains(row.Op) && seen.Add(row.Op))
                yield return Indexed(row);
        }

        foreach (var intent in ours.Where(record => record.Stage == RecordStage.Intent && record.Time < before && !closed.Contains(record.Op)))
        {
            if (!seen.Contains(intent.Op) && !await IsClosedAsync(intent.Op, ct))
                yield return intent;
        }
    }

    /// <summary>Another process may have closed what this one began.</summary>
    private async Task<bool> IsClosedAsync(string op, CancellationToken ct)
    {
        await foreach (var row in Asked(index.OfOperationAsync(op, ct), $"records of the attempt {op}", ct))
        {
            if (row.Closes)
                return true;
        }

        return false;
    }

    private void Remember(WrittenRecord written, bool fellBack)
    {
        var now = timers.GetTimestamp();
        recent[written.Reference.Path] = new Memory(now, IndexedRecord.Of(written.Record, written.Reference.Path));
        if (written.AtSecondary && atSecondary.TryAdd(written.Record.Op, now) && fellBack)
            LogSecondary(logger, written.Log, written.Reference.Path);
        if (RecordPath.Plain(written.Reference.Path) != written.Reference.Path)
            LogSquatted(logger, written.Log, RecordPath.Plain(written.Reference.Path));
        Prune();
    }

    private IEnumerable<Memory> Recent() => recent.Values.Where(memory => timers.GetElapsedTime(memory.Since) <= Remembered);

    private void Prune()
    {
        if (timers.GetElapsedTime(Volatile.Read(ref pruned)) < TimeSpan.FromMinutes(5) && recent.Count < MostRemembered)
            return;
        Volatile.Write(ref pruned, timers.GetTimestamp());
        foreach (var (path, memory) in recent)
        {
            if (timers.GetElapsedTime(memory.Since) > Remembered)
                recent.TryRemove(path, out _);
        }

        // An operation that is there stays there, however long its settling takes; a day is beyond any.
        foreach (var (op, since) in atSecondary)
        {
            if (timers.GetElapsedTime(since) > TimeSpan.FromDays(1))
                atSecondary.TryRemove(op, out _);
        }
    }

    private static bool Closes(IndexedRecord record) => record.Stage == RecordStage.Outcome || (record.Stage == RecordStage.Reconciled && record.Result != "unknown");

    private static IndexedRecord Indexed(IndexRow row) => new()
    {
        Path = row.Path,
        Op = row.Op,
        Stage = row.Stage switch { ['1', ..] => RecordStage.Intent, ['2', ..] => RecordStage.Outcome, _ => RecordStage.Reconciled },
        Action = row.Action,
        Result = row.Result,
        Shown = row.Shown,
        Time = row.Time,
        Fence = row.Fence,
        Rotation = row.Rotation,
        Credential = row.Credential,
        Resource = row.Resource,
        Handle = row.Handle,
        Version = row.Version,
        Slots = row.ReadSlots(),
        Closed = row.Closed,
        Deadline = row.Deadline,
    };

    /// <summary>The index's failures, as the domain knows failures.</summary>
    private static async IAsyncEnumerable<IndexRow> Asked(IAsyncEnumerable<IndexRow> rows, string what, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var each = rows.GetAsyncEnumerator(ct);
        while (true)
        {
            try
            {
                if (!await each.MoveNextAsync())
                    yield break;
            }
            catch (EvidenceIndexException e)
            {
                throw new ExternalCallException($"The evidence index did not give the {what}: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
            }

            yield return each.Current;
        }
    }

    private sealed record Memory(long Since, IndexedRecord Record);

    [LoggerMessage(4101, LogLevel.Critical, "Evidence went to the secondary log {Log}: {Path}. The primary evidence account does not take records; see to it.")]
    private static partial void LogSecondary(ILogger logger, string log, string path);

    [LoggerMessage(4102, LogLevel.Error, "In the log {Log} somebody else's blob stands at {Path}. A name beside it was taken; find out who can write there.")]
    private static partial void LogSquatted(ILogger logger, string log, string path);
}
