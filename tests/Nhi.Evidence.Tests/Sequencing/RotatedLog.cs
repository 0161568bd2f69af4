using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>A log whose key was rotated, batch by batch as a sequencer would sign it, with a checkpoint for each; and what a thief of the retired key puts behind it.</summary>
internal sealed class RotatedLog : IDisposable
{
    /// <summary>The batch that names the new key.</summary>
    internal const long Named = 2;

    private readonly SequencerBench bench = new();
    private readonly Dictionary<long, long> sizes = new() { [0] = 0 };

    private RotatedLog() => New = bench.NewKey();

    internal SequencerBench Bench => bench;
    internal PemSigner Old => bench.Log.LogKey;
    internal PemSigner New { get; }
    internal long Next { get; private set; }
    internal CompactRange Tree { get; private set; } = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Of so many batches; the third names the new key, which signs from then on.</summary>
    internal static async Task<RotatedLog> OfAsync(long batches)
    {
        var log = new RotatedLog();
        while (log.Next < batches)
            await log.AddAsync(log.Next <= Named ? log.Old : log.New, log.Next == Named ? log.New : null);
        return log;
    }

    /// <summary>Leaves before that batch.</summary>
    internal long SizeAt(long next) => sizes[next];

    internal async Task AddAsync(PemSigner signer, PemSigner? named = null, params IReadOnlyList<BatchEntry> entries)
    {
        IReadOnlyList<BatchEntry> all = entries.Count > 0 ? entries : [LeafHash.EntryOf($"records/2026/11/24/13/{Next:D6}.json", BitConverter.GetBytes(Next))];
        await bench.PutAsync(BatchName.Of(Next), await bench.BatchAsync(new BatchFile(EvidenceBench.Origin, Next, Tree.Size, all, named is null ? null : Convert.ToBase64String((await named.PublicKeyAsync(Ct)).Span)), signer));
        foreach (var entry in all)
            Tree.Append(entry.LeafHash);
        await bench.PutAsync(CheckpointName.Of(Next), await bench.ForgeAsync(Tree.Size, Tree.Root(), Next, key: signer));
        sizes[++Next] = Tree.Size;
    }

    /// <summary>Puts something else where the next batch would be: it counts for nothing.</summary>
    internal async Task SquatAsync(string text = "junk")
    {
        await bench.PutAsync(BatchName.Of(Next), text);
        sizes[++Next] = Tree.Size;
    }

    /// <summary>Puts what the thief of the old key says that the log has at its end, with a checkpoint: it counts for nothing.</summary>
    internal async Task ForgeAsync(params IReadOnlyList<BatchEntry> entries)
    {
        var (next, tree) = (Next, Tree.Copy());
        await AddAsync(Old, null, entries);
        (Next, Forged, Tree) = (next, Tree, tree);
    }

    /// <summary>The thief's tree.</summary>
    internal CompactRange? Forged { get; private set; }

    internal async Task<IReadOnlyList<ReadOnlyMemory<byte>>> KeysAsync(string which) =>
        [.. await Task.WhenAll(which.Select(async one => await (one == '1' ? Old : New).PublicKeyAsync(Ct)))];

    internal async Task<LogPast> PastAsync() => LogPast.Of(bench.Store, await KeysAsync("12"), await KeysAsync("12"), areAll: true);

    /// <param name="given">1: the old key, 2: the new one.</param>
    /// <param name="keeper">True: the keeper of the key said which versions there are.</param>
    internal async Task<VerifyOptions> OptionsAsync(string given, bool keeper) => new()
    {
        LogKeys = await KeysAsync(given), LogKeyVersions = keeper ? await KeysAsync("12") : null, ProducerKeys = [await bench.Log.ProducersKey.PublicKeyAsync(Ct)], Level = VerifyLevel.Quick, At = bench.Log.Clock.GetUtcNow(),
    };

    public void Dispose() => bench.Dispose();
}
