using Azure;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Time;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;

namespace Nhi.Azure.Evidence;

/// <summary>
/// The containers <c>evidence-{yyyy}</c> of one account that count: those with <c>shard.first</c>, which preparation writes, and an immutability policy.
/// Looked for again every ten minutes, and each minute while the year's is missing.
/// </summary>
public sealed class EvidenceContainers : IEvidenceContainers, IDisposable
{
    /// <summary>No log of this product is older.</summary>
    private const int FirstYear = 2026;

    /// <summary>Deployment makes this year's container and the next two.</summary>
    private const int YearsAhead = 2;
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FreshWhileMissing = TimeSpan.FromMinutes(1);

    private readonly EvidenceClients _clients;
    private readonly GovernanceClock _clock;
    private readonly bool _policyNeeded;
    private readonly SemaphoreSlim _one = new(1);
    private Found? _found;

    /// <param name="clients">Those of the account, by the identity that is to write or read.</param>
    /// <param name="clock">Governance time.</param>
    /// <param name="policyNeeded">False only in the local world: Azurite knows no immutability policies.</param>
    public EvidenceContainers(EvidenceClients clients, GovernanceClock clock, bool policyNeeded) => (_clients, _clock, _policyNeeded) = (clients, clock, policyNeeded);

    public async ValueTask<IEvidenceStore> CurrentAsync(DateTimeOffset now, CancellationToken ct) => await (await FoundAsync(now, ct)).Containers.CurrentAsync(now, ct);

    public async ValueTask<IReadOnlyList<IEvidenceStore>> AllAsync(CancellationToken ct) => await (await FoundAsync(_clock.GetUtcNow(), ct)).Containers.AllAsync(ct);

    /// <summary>
    /// Makes the containers of this year and the next two ready, which deployment made. Doing it again adds what is new and changes nothing.
    /// Throws <see cref="EvidenceStoreException"/> when one of them is missing or refuses.
    /// </summary>
    public async Task<IReadOnlyList<PreparedShard>> PrepareAsync(ShardPreparation preparation, DateTimeOffset now, CancellationToken ct)
    {
        List<PreparedShard> prepared = [];
        for (var year = now.UtcDateTime.Year; year <= now.UtcDateTime.Year + YearsAhead; year++)
            prepared.Add(await preparation.PrepareAsync(new BlobEvidenceStore(_clients, BlobEvidenceStore.ContainerOf(year), _clock), ct));
        Volatile.Write(ref _found, null);
        return prepared;
    }

    private async ValueTask<Found> FoundAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (Volatile.Read(ref _found) is { } known && IsFresh(known, now))
            return known;
        await _one.WaitAsync(ct);
        try
        {
            if (_found is not { } meanwhile || !IsFresh(meanwhile, now))
                Volatile.Write(ref _found, await LookAsync(now, ct));
            return _found!;
        }
        finally
        {
            _one.Release();
        }
    }

    private bool IsFresh(Found found, DateTimeOffset now) =>
        _clock.GetElapsedTime(found.At) < (found.Stores.ContainsKey(now.UtcDateTime.Year) ? Fresh : FreshWhileMissing);

    private async Task<Found> LookAsync(DateTimeOffset now, CancellationToken ct)
    {
        var last = now.UtcDateTime.Year + YearsAhead;
        var looks = Enumerable.Range(FirstYear, Math.Max(last - FirstYear + 1, 1)).Select(async year => (year, counts: await CountsAsync(BlobEvidenceStore.ContainerOf(year), ct)));
        var stores = (await Task.WhenAll(looks)).Where(look => look.counts).ToDictionary(
            look => look.year,
            look => Volatile.Read(ref _found)?.Stores.GetValueOrDefault(look.year) ?? new BlobEvidenceStore(_clients, BlobEvidenceStore.ContainerOf(look.year), _clock));
        return new Found(stores, new YearlyContainers(() => stores), _clock.GetTimestamp());
    }

    private async Task<bool> CountsAsync(string container, CancellationToken ct)
    {
        var client = _clients.Container(container, resend: true);
        try
        {
            return (await client.GetBlobClient(ShardPreparation.FirstBlob).ExistsAsync(ct)).Value
                && (!_policyNeeded || (await client.GetPropertiesAsync(cancellationToken: ct)).Value.HasImmutabilityPolicy is true);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return false;
        }
        catch (Exception e) when (ExternalCall.IsOurs(e, ct))
        {
            throw new EvidenceStoreException(new ExternalCall($"look for the container {container} of {_clients.Host}", Changes: false).Classify(e).Message);
        }
    }

    public void Dispose() => _one.Dispose();

    private sealed record Found(Dictionary<int, IEvidenceStore> Stores, YearlyContainers Containers, long At);
}
