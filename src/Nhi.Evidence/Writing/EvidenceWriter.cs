using System.Security.Cryptography;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;

namespace Nhi.Evidence.Writing;

/// <summary>
/// Makes records durable: one create in the good case. A name that is refused is read before anything is concluded: bytes of ours are ours, nothing there is a refusal,
/// anything else is squatted and a name beside it is taken. Safe for use by many threads.
/// </summary>
/// <param name="primary">The evidence account's containers.</param>
/// <param name="secondary">Those of the account to fall back to, or null.</param>
/// <param name="producer">Signs the records, and judges what stands at a name that a timer gives.</param>
/// <param name="pending">Hints for the sequencer, or null.</param>
/// <param name="clock">Governance time: what <c>recorded</c> says, and the year.</param>
/// <param name="timers">Real time: waits.</param>
/// <param name="options">How long to try.</param>
public sealed class EvidenceWriter(
    IEvidenceContainers primary,
    IEvidenceContainers? secondary,
    Producer producer,
    IPendingRecords? pending,
    TimeProvider clock,
    TimeProvider timers,
    WriterOptions options)
{
    private readonly Producer producer = producer;
    private readonly TimeProvider clock = clock;
    private readonly TimeProvider timers = timers;
    private readonly WriterOptions options = options;
    private readonly SentBytes sent = new(timers);

    /// <summary>
    /// Writes the record. Throws <see cref="EvidenceWriteRefusedException"/> when it is not durable by then, <see cref="RecordFormatException"/> for a record that breaks a rule,
    /// <see cref="SecretInRecordException"/> where the guard throws.
    /// </summary>
    public async Task<WrittenRecord> WriteAsync(EvidenceRecord record, WriteRequest request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(record);
        var guarded = ValueGuard.Check(record, options.Guard);
        var plain = RecordPath.Of(guarded);
        if (request.AtSecondary)
            return await WriteToAsync(secondary ?? throw NoSecondary(plain), guarded with { Location = "secondary" }, plain, request, ct);
        try
        {
            // What closes an intent is made of it: where it stood says nothing of where this one stands.
            return await WriteToAsync(primary, guarded with { Location = null }, plain, request, ct);
        }
        catch (EvidenceWriteRefusedException) when (request.MayFallBack && secondary is not null)
        {
            return await WriteToAsync(secondary, guarded with { Location = "secondary" }, plain, request, ct);
        }
    }

    private async Task<WrittenRecord> WriteToAsync(IEvidenceContainers containers, EvidenceRecord record, string plain, WriteRequest request, CancellationToken ct)
    {
        var written = await new Attempt(this, record, request.FirstWriterWins).RunAsync(containers, plain, ct);
        if (!written.WasThere && pending is not null)
            await HintAsync(written, ct);
        return written;
    }

    private async Task HintAsync(WrittenRecord written, CancellationToken ct)
    {
        try
        {
            await pending!.AddAsync(written.Record.Op, RecordPath.StageOf(written.Record), written.Reference.Path, ct).WaitAsync(options.PendingHint, timers, ct);
        }
#pragma warning disable CA1031 // A hint: the record is durable, the stray scan finds it without, and no failure here may say otherwise.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private static EvidenceWriteRefusedException NoSecondary(string path) =>
        new($"'{path}' belongs to an operation in the secondary evidence account, and none is configured (Nhi__Storage__EvidenceSecondary).");

    /// <summary>One record on its way: its bytes so far, the name they are for, how often the answer was lost.</summary>
    private sealed class Attempt(EvidenceWriter writer, EvidenceRecord record, bool firstWriterWins)
    {
        private readonly long begun = writer.timers.GetTimestamp();
        private long built;
        private IEvidenceStore? store;
        private EvidenceRecord? whole;
        private byte[] bytes = [];
        private string path = "";
        private int lost;
        private int beside;

        internal async Task<WrittenRecord> RunAsync(IEvidenceContainers containers, string plain, CancellationToken ct)
        {
            path = plain;
            while (true)
            {
                try
                {
                    if (whole is null || writer.timers.GetElapsedTime(built) >= writer.options.Rebuild)
                        await BuildAsync(await containers.CurrentAsync(writer.clock.GetUtcNow(), ct), ct);
                    if (await TryOnceAsync(ct) is { } written)
                        return written;
                }
                catch (Exception e) when (e is EvidenceStoreException or SigningException)
                {
                    await WaitAsync(e, ct);
                }
            }
        }

        private async Task BuildAsync(IEvidenceStore target, CancellationToken ct)
        {
            var identity = await writer.producer.IdentityAsync(ct);
            var late = built != 0 && (record.Late || writer.timers.GetElapsedTime(begun) >= writer.options.Rebuild);
            store = target;
            whole = record with { Log = target.Origin, Path = path, Recorded = WholeMilliseconds(writer.clock.GetUtcNow()), Late = late || record.Late, Producer = identity.Facts };
            var prefix = RecordSerializer.Prefix(whole);
            bytes = RecordSerializer.Seal(prefix, identity.Sign(prefix));
            built = writer.timers.GetTimestamp();
        }

        /// <summary>Null: another name has to be tried.</summary>
        private async Task<WrittenRecord?> TryOnceAsync(CancellationToken ct)
        {
            writer.sent.Add(store!.Origin, path, bytes, whole!);
            var answer = await store.TryCreateAsync(path, bytes, RecordSerializer.ContentType, ct);
            if (answer.Answer == CreateAnswer.Created)
                return Written(Hash(bytes), whole!, wasThere: false);
            var there = await store.ReadAsync(path, RecordLimits.Bytes, ct)
                ?? throw new EvidenceWriteRefusedException($"The log {store.Origin} refused '{path}', and nothing is there: the writer lacks the right to add blobs, or a firewall or policy forbids it.");
            if (!there.Truncated && writer.sent.Find(store.Origin, path, Hash(there.Bytes.Span)) is { } mine)
                return Written(Hash(there.Bytes.Span), mine, wasThere: false);
            if (firstWriterWins && !there.Truncated && (await writer.producer.AuthenticityAsync(ct)).Check(there.Bytes.Span, path, store.Origin, there.Created).Record is { } first && TimerRecords.IsOfItsTime(first, there.Created))
                return Written(Hash(there.Bytes.Span), first, wasThere: true);
            if (++beside > writer.options.NamesBeside)
                throw new EvidenceWriteRefusedException($"In the log {store.Origin} '{RecordPath.Plain(path)}' and {writer.options.NamesBeside} random names beside it are taken by others: somebody with write access squats names faster than they are chosen.");
            path = RecordPath.Beside(path);
            whole = null;
            return null;
        }

        private async Task WaitAsync(Exception cause, CancellationToken ct)
        {
            var limit = record.Stage == RecordStage.Intent ? writer.options.GiveUpIntent : writer.options.GiveUpOutcome;
            var wait = TimeSpan.FromTicks(Math.Min(writer.options.FirstWait.Ticks << Math.Min(lost++, 20), writer.options.LongestWait.Ticks));
            if (writer.timers.GetElapsedTime(begun) + wait > limit)
                throw new EvidenceWriteRefusedException($"The log {store?.Origin ?? "(no container)"} did not say within {limit} that '{path}' is durable: {cause.Message}", cause);
            await Task.Delay(wait, writer.timers, ct);
        }

        private WrittenRecord Written(string hash, EvidenceRecord stored, bool wasThere) =>
            new(new RecordReference(path, hash), stored, store!.Origin, stored.Location is not null, wasThere);

        private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

        private static DateTimeOffset WholeMilliseconds(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }
}
