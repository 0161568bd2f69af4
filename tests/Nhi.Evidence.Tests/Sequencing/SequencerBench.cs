using System.Security.Cryptography;
using System.Text;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Index;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Sequencing;

/// <summary>A log with its tiles, sequencers of it, and an attacker's means: any blob at any name, any signature by the log key.</summary>
internal sealed class SequencerBench : IDisposable
{
    private readonly List<IDisposable> owned = [];

    internal EvidenceBench Log { get; } = new();
    internal MemoryTileStore Tiles { get; } = new();
    internal MemoryEvidenceIndex Index { get; } = new();
    internal MemoryEvidenceStore Store => Log.Memory;

    internal static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal Sequencer NewSequencer(ILogKeys? keys = null, SequencerOptions? options = null, IEvidenceStore? store = null, IBatchSink? sink = null, bool tiles = true)
    {
        var sequencer = new Sequencer(store ?? Store, keys ?? new LogKeys(Log.LogKey), Log.Producer, Log.Pending, sink ?? new IndexSink(Index), tiles ? Tiles : null, Log.Clock, options ?? new SequencerOptions());
        owned.Add(sequencer);
        return sequencer;
    }

    internal PemSigner NewKey()
    {
        var key = PemSigner.Create();
        owned.Add(key);
        return key;
    }

    /// <summary>A process that has just started runs once.</summary>
    internal Task<SequencerReport> RunAfreshAsync() => NewSequencer().RunAsync(Ct);

    internal async Task WriteAsync(int from, int count)
    {
        for (var i = from; i < from + count; i++)
            await Log.WriteAsync(Samples.Intent(i));
    }

    internal async Task<LogAuditor> AuditAsync(params IReadOnlyList<PemSigner> keys)
    {
        List<ReadOnlyMemory<byte>> first = [];
        foreach (var key in keys.DefaultIfEmpty(Log.LogKey))
            first.Add(await key.PublicKeyAsync(Ct));
        return await LogAuditor.ReadAsync(Store, first);
    }

    internal Task<CreateResult> PutAsync(string path, string text) => PutAsync(path, Encoding.UTF8.GetBytes(text));

    internal Task<CreateResult> PutAsync(string path, byte[] bytes) => Store.TryCreateAsync(path, bytes, "text/plain", Ct);

    /// <summary>A checkpoint that says whatever the thief of the key wants.</summary>
    internal Task<byte[]> ForgeAsync(long size, TreeHash root, long batch, string? origin = null, PemSigner? key = null) =>
        CheckpointNote.SignAsync(new Checkpoint(origin ?? EvidenceBench.Origin, size, root, batch), [key ?? Log.LogKey], Ct);

    internal async Task<byte[]> BatchAsync(BatchFile batch, PemSigner? key = null)
    {
        var signer = key ?? Log.LogKey;
        var text = batch.Text();
        var keyId = Es256.KeyId((await signer.PublicKeyAsync(Ct)).Span);
        var signature = await signer.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), Ct);
        return BatchFile.Seal(text, keyId, signature);
    }

    public void Dispose()
    {
        foreach (var thing in owned)
            thing.Dispose();
        Log.Dispose();
    }
}
