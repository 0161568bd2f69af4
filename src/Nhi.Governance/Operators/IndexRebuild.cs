using Nhi.Evidence.Index;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi rebuild --index</c>: the evidence index out of the containers alone.</summary>
/// <param name="accounts">The evidence accounts, as the sequencer's identity sees them.</param>
/// <param name="logKeys">Signed the batches.</param>
/// <param name="producer">Judges records.</param>
/// <param name="index">The index in use.</param>
public sealed class IndexRebuild(IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, Producer producer, IEvidenceIndex index)
{
    /// <summary>Writes every row and returns the leaves by log. Running it again goes over everything once more. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<IReadOnlyDictionary<string, long>> RebuildAsync(CancellationToken ct)
    {
        var leaves = new SortedDictionary<string, long>(StringComparer.Ordinal);
        try
        {
            var keys = await logKeys.FirstKeysAsync(ct);
            var authenticity = await producer.AuthenticityAsync(ct);
            foreach (var account in accounts)
                foreach (var store in await account.AllAsync(ct))
                    leaves[store.Origin] = await new IndexRebuilder(store, keys, authenticity).RebuildAsync(index, ct);
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException or EvidenceIndexException)
        {
            throw new ExternalCallException($"The evidence index could not be rebuilt: {e.Message} Run nhi rebuild again.", mayHaveHappened: false, transient: true, inner: e);
        }

        return leaves;
    }
}
