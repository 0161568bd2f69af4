using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Evidence.Verification;

/// <summary>The logs of one evidence account as a verifier reads them.</summary>
public static class LogShards
{
    /// <summary>Oldest year first. A container made ahead is no log yet: of a year to come, without a batch. Throws <see cref="EvidenceStoreException"/>.</summary>
    /// <param name="containers">The account's.</param>
    /// <param name="tiles">Where tiles lie, or null.</param>
    /// <param name="policy">Says how containers are protected, or null.</param>
    /// <param name="now">UTC.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<IReadOnlyList<LogShard>> OfAsync(IEvidenceContainers containers, ITileStores? tiles, IContainerPolicyState? policy, DateTimeOffset now, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(containers);
        List<LogShard> shards = [];
        foreach (var store in (await containers.AllAsync(ct)).Reverse())
        {
            if (!(ShardName.TryParse(store.Origin)?.Begins > now) || await store.ReadAsync(BatchName.Of(0), 1, ct) is not null)
                shards.Add(new LogShard(new StoreLog(store), tiles?.Of(store.Origin), policy));
        }

        return shards;
    }
}
