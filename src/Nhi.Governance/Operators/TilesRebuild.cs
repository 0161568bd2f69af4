using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi rebuild --tiles</c>: the tiles of every log out of its container. What was there is overwritten; nothing of the log depends on it.</summary>
/// <param name="accounts">The containers.</param>
/// <param name="logKeys">Signed the batches.</param>
/// <param name="tiles">Where tiles lie.</param>
/// <param name="clock">Governance time.</param>
public sealed class TilesRebuild(IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, ITileStores tiles, TimeProvider clock)
{
    /// <summary>Writes every tile and returns the leaves by log. Running it again goes over everything once more. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<IReadOnlyDictionary<string, long>> RebuildAsync(CancellationToken ct)
    {
        var leaves = new SortedDictionary<string, long>(StringComparer.Ordinal);
        try
        {
            var keys = await logKeys.FirstKeysAsync(ct);
            foreach (var account in accounts)
                foreach (var store in await account.AllAsync(ct))
                    leaves[store.Origin] = await new TilesRebuilder(store, keys, tiles.Of(store.Origin), clock).RebuildAsync(ct);
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException)
        {
            throw new ExternalCallException($"The tiles could not be rebuilt: {e.Message} Run nhi rebuild --tiles again.", mayHaveHappened: false, transient: true, inner: e);
        }

        return leaves;
    }
}
