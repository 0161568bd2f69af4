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
/// The records of attempts as they lie in the containers: one list call an hour and container, or a day, where more than some hours of it are asked for. Names tell what need not be read; the index is not asked, and numbers do not matter: an authentic record is evidence before it is batched.
/// </summary>
public sealed class EvidenceHours(IReadOnlyList<IEvidenceContainers> accounts, Producer producer) : IEvidenceHours
{
    /// <summary>What is written about a credential without anything being done to it.</summary>
    private static readonly HashSet<string> _onlySaid = new(StringComparer.Ordinal)
    {
        "observe", "raise", "resolve", "sweep", "reconcile", "refuse", "seal", "judge", "assign", "confirm", RemovalVerbs.Tell, RemovalVerbs.Keep, RemovalVerbs.Drop, Verbs.Hold, Verbs.Release, Verbs.Pause, Verbs.Resume,
    };
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);
    private const int AtATime = 16;

    /// <summary>So many hours of a day are listed one by one: a list call answers 5,000 names, and few days have more.</summary>
    private const int ByHour = 3;

    public async IAsyncEnumerable<EvidenceRecord> OfAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken ct)
    {
        var authenticity = await AskAsync(async () => await producer.AuthenticityAsync(ct));
        var (first, end) = (Trigger.Floor(from, _hour), Trigger.Floor(to, _hour) + _hour);
        foreach (var account in accounts)
            foreach (var store in (await AskAsync(async () => await account.AllAsync(ct))).Where(store => MayHold(store.Origin, to)))
                foreach (var (begin, until, closed) in new (DateTimeOffset, DateTimeOffset, DateTimeOffset?)[] { (first - _day, first, first), (first, end, null) })
                    foreach (var folder in Folders(begin, until))
                        foreach (var record in await AskAsync(() => OfFolderAsync(store, folder, begin, until, closed, authenticity, ct)))
                            yield return record;
    }

    /// <summary>The folders that hold the hours from <paramref name="first"/> to before <paramref name="end"/>, and maybe others of their days.</summary>
    private static IEnumerable<string> Folders(DateTimeOffset first, DateTimeOffset end)
    {
        for (var begin = first; begin < end;)
        {
            var next = Trigger.Floor(begin, _day) + _day;
            next = next < end ? next : end;
            if (next - begin > _hour * ByHour)
                yield return RecordPath.DayFolder(begin);
            else
                for (var hour = begin; hour < next; hour += _hour)
                    yield return RecordPath.HourFolder(hour);
            begin = next;
        }
    }

    /// <summary>A year that has not begun holds nothing yet; one that is over may, since its container goes on where the next one is missing.</summary>
    private static bool MayHold(string origin, DateTimeOffset to) => ShardName.TryParse(origin) is not { } shard || shard.Begins <= to;

    /// <summary>Those of attempts that began from <paramref name="first"/> to before <paramref name="end"/>; only what ended one from <paramref name="closed"/> on, where that is said.</summary>
    private static async Task<IReadOnlyList<EvidenceRecord>> OfFolderAsync(IEvidenceStore store, string folder, DateTimeOffset first, DateTimeOffset end, DateTimeOffset? closed, RecordAuthenticity authenticity, CancellationToken ct)
    {
        List<string> names = [];
        await foreach (var blob in store.ListAsync(folder, ct))
            if (RecordPath.TryParse(blob.Path, out var name) && name.Slug.Length > 0 && name.Time >= first && name.Time < end && (closed is null || (name.Closes && blob.Created >= closed)) && !_onlySaid.Contains(name.Verb))
                names.Add(blob.Path);
        List<EvidenceRecord> records = [];
        foreach (var some in names.Chunk(AtATime))
            foreach (var (path, read) in await Task.WhenAll(some.Select(async path => (path, read: await store.ReadAsync(path, RecordLimits.Bytes, ct)))))
                if (read is { Truncated: false } && authenticity.Check(read.Bytes.Span, path, store.Origin, read.Created).Record is { } record)
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
