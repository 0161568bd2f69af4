using System.Runtime.CompilerServices;
using Nhi.Evidence.Records;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Removal;
using Nhi.Governance.Triggers;

namespace Nhi.Governance.Sweeps.Reality;

/// <summary>
/// The records of attempts as they lie in the containers, one list call an hour and container. Names tell what need not be read; the index is not asked, and numbers do not matter: an authentic record is evidence before it is batched.
/// </summary>
public sealed class EvidenceHours(IReadOnlyList<IEvidenceContainers> accounts, Producer producer) : IEvidenceHours
{
    /// <summary>What is written about a credential without anything being done to it.</summary>
    private static readonly HashSet<string> _onlySaid = new(StringComparer.Ordinal)
    {
        "observe", "raise", "resolve", "sweep", "reconcile", "refuse", "seal", "judge", "assign", "confirm", RemovalVerbs.Tell, RemovalVerbs.Keep, RemovalVerbs.Drop, Verbs.Hold, Verbs.Release, Verbs.Pause, Verbs.Resume,
    };
    private const int AtATime = 16;

    public async IAsyncEnumerable<EvidenceRecord> OfAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var authenticity = await AskAsync(async () => await producer.AuthenticityAsync(ct));
        foreach (var account in accounts)
            foreach (var store in (await AskAsync(async () => await account.AllAsync(ct))).Where(store => MayHold(store.Origin, to)))
                for (var hour = Trigger.Floor(from, TimeSpan.FromHours(1)); hour <= to; hour = hour.AddHours(1))
                    foreach (var record in await AskAsync(() => OfHourAsync(store, hour, authenticity, ct)))
                        yield return record;
    }

    /// <summary>A year that has not begun holds nothing yet; one that is over may, since its container goes on where the next one is missing.</summary>
    private static bool MayHold(string origin, DateTimeOffset to) => ShardName.TryParse(origin) is not { } shard || shard.Begins <= to;

    private static async Task<IReadOnlyList<EvidenceRecord>> OfHourAsync(IEvidenceStore store, DateTimeOffset hour, RecordAuthenticity authenticity, CancellationToken ct)
    {
        List<string> names = [];
        await foreach (var blob in store.ListAsync(RecordPath.HourFolder(hour), ct))
            if (RecordPath.TryParse(blob.Path, out var name) && name.Slug.Length > 0 && !_onlySaid.Contains(name.Verb))
                names.Add(blob.Path);
        List<EvidenceRecord> records = [];
        foreach (var some in names.Chunk(AtATime))
            foreach (var (path, read) in await Task.WhenAll(some.Select(async path => (path, read: await store.ReadAsync(path, RecordLimits.Bytes, ct)))))
                if (read is { Truncated: false } && authenticity.Check(read.Bytes.Span, path, store.Origin).Record is { } record)
                    records.Add(record);
        return records;
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException)
        {
            throw new ExternalCallException($"The records of an hour could not be read: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }
}
