using Nhi.Evidence.Index;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operators;

/// <summary><c>nhi rebuild --index</c> and <c>--check</c>: the evidence index out of the containers alone, and whether the one in use is that one.</summary>
/// <param name="accounts">The evidence accounts, as the sequencer's identity sees them.</param>
/// <param name="logKeys">Signed the batches.</param>
/// <param name="producer">Judges records.</param>
/// <param name="index">The index in use.</param>
public sealed class IndexRebuild(IReadOnlyList<IEvidenceContainers> accounts, ILogKeys logKeys, Producer producer, IEvidenceIndex index)
{
    private const int MostExamples = 10;

    /// <summary>Writes every row and returns the leaves by log. Running it again goes over everything once more. Throws <see cref="ExternalCallException"/>.</summary>
    public Task<IReadOnlyDictionary<string, long>> RebuildAsync(CancellationToken ct) => IntoAsync(index, ct);

    /// <summary>Compares. What is logged between the two looks is no difference: where there is one, both look once more. Throws <see cref="ExternalCallException"/>.</summary>
    public async Task<IndexDifference> CheckAsync(CancellationToken ct)
    {
        var first = await CompareAsync(ct);
        return first.IsEqual ? first : await CompareAsync(ct);
    }

    private async Task<IndexDifference> CompareAsync(CancellationToken ct)
    {
        var fresh = new MemoryEvidenceIndex();
        await IntoAsync(fresh, ct);
        var expected = new Dictionary<(string, string), IndexRow>();
        await foreach (var row in fresh.AllAsync(ct))
            expected[(row.PartitionKey, row.RowKey)] = row;
        var (rows, different, extra, examples) = ((long)expected.Count, 0L, 0L, new List<string>());
        await foreach (var row in AskedAsync(ct))
        {
            if (!expected.Remove((row.PartitionKey, row.RowKey), out var wanted))
                extra += Note(examples, "extra", row);
            else if (wanted != row)
                different += Note(examples, "different", row);
        }

        foreach (var row in expected.Values)
            Note(examples, "missing", row);
        return new IndexDifference(rows, expected.Count, different, extra, examples);
    }

    private static int Note(List<string> examples, string what, IndexRow row)
    {
        if (examples.Count < MostExamples)
            examples.Add($"{what}: {row.PartitionKey}/{row.RowKey}");
        return 1;
    }

    private async Task<IReadOnlyDictionary<string, long>> IntoAsync(IEvidenceIndex into, CancellationToken ct)
    {
        var leaves = new SortedDictionary<string, long>(StringComparer.Ordinal);
        try
        {
            var keys = await logKeys.FirstKeysAsync(ct);
            var authenticity = await producer.AuthenticityAsync(ct);
            foreach (var account in accounts)
                foreach (var store in await account.AllAsync(ct))
                    leaves[store.Origin] = await new IndexRebuilder(store, keys, authenticity).RebuildAsync(into, ct);
        }
        catch (Exception e) when (e is EvidenceStoreException or SigningException or EvidenceIndexException)
        {
            throw new ExternalCallException($"The evidence index could not be rebuilt: {e.Message} Run nhi rebuild again.", mayHaveHappened: false, transient: true, inner: e);
        }

        return leaves;
    }

    private async IAsyncEnumerable<IndexRow> AskedAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var each = index.AllAsync(ct).GetAsyncEnumerator(ct);
        while (await NextAsync(each))
            yield return each.Current;
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<IndexRow> each)
    {
        try
        {
            return await each.MoveNextAsync();
        }
        catch (EvidenceIndexException e)
        {
            throw new ExternalCallException($"The evidence index gave no answer: {e.Message}", mayHaveHappened: false, transient: true, inner: e);
        }
    }
}
