using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Records;
using Nhi.Evidence.Seals;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Shards;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tests.Records;
using Nhi.Evidence.Tests.Verification;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Tree;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.History;
using Nhi.Evidence.Verification.Proofs;
using Nhi.Evidence.Verification.Reading;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Tests.Fuzz;

/// <summary>Every reader of hostile bytes of the library, each with its law, over examples out of an honest log.</summary>
public sealed class HostileReaders : IAsyncLifetime
{
    private const string Origin = EvidenceBench.Origin;
    private readonly ConcurrentDictionary<string, long> read = new(StringComparer.Ordinal);
    private readonly string folder = Directory.CreateTempSubdirectory("nhi-fuzz-").FullName;
    private readonly List<IDisposable> owned = [];
    private Dictionary<string, HostileReader> all = [];

    internal static IReadOnlyList<string> Names { get; } =
        ["record", "authenticity", "glance", "history", "batch", "chain", "note", "checkpoint", "verifier key", "public key", "private key", "proof", "bundle", "tile", "listing", "zip", "names"];

    internal HostileReader Of(string name) => all[name];

    /// <summary>How many inputs that reader took for values.</summary>
    internal long Read(string name) => read.GetValueOrDefault(name);

    public async ValueTask InitializeAsync()
    {
        using var honest = await HonestLog.CreateAsync(7);
        var copy = await honest.CopyAsync();
        byte[][] Below(string prefix, string end) => [.. copy.Below(prefix).Where(path => path.EndsWith(end, StringComparison.Ordinal)).Select(path => copy.Blobs[path].Bytes)];
        var (records, batches, notes) = (Below("records/", ".json"), Below("log/", ".batch.txt"), Below("log/", ".checkpoint.txt"));
        var random = new PCG(1, 2026);
        var rich = Enumerable.Range(0, 12).Select(_ => RecordSerializer.Seal(RecordSerializer.Prefix(RecordGen.Whole.Generate(random, null, out var _)), new byte[64])).ToArray();
        var end = new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);
        var last = Samples.Intent(9) with { Time = end, Deadline = end, Recorded = end };
        byte[] late = RecordSerializer.Seal(RecordSerializer.Prefix(last), new byte[64]);
        var spki = (await honest.Bench.LogKey.PublicKeyAsync(default)).ToArray();
        var producers = (await honest.Bench.ProducersKey.PublicKeyAsync(default)).ToArray();
        var noteKey = Own(new NoteKey(Origin, spki));
        string[] members = ["\"sig\": \"", ",\n  \"sig\": \"", "\"schema\": \"nhi-evidence/1\",", "\"time\": ", "\"deadline\": \"9999-12-31T23:59:59Z\"", "\"from\": ", "\"seal\": {", "\"coverage\": {", "\"to\": \"0001-01-01T00:00:00Z\"", "\"lastIndex\": "];
        string[] lines = ["# log ", "# batch ", "# first ", "# count ", "# key ", "# close\n", "# leaf ", "# sig ", "\u2014 ", "batch ", "index ", "extra ", Origin];
        all = new(StringComparer.Ordinal)
        {
            ["record"] = HostileReader.Of([.. records, .. rich], Record, members),
            ["authenticity"] = HostileReader.Of(records, Authenticity(Own(new RecordAuthenticity([producers]))), members),
            ["glance"] = HostileReader.Of([.. records, .. rich], Glance, members),
            ["history"] = HostileReader.Of([.. records, .. rich, late], History, members),
            ["batch"] = HostileReader.Of(batches, Batch, lines),
            ["chain"] = HostileReader.Of(batches, bytes => Chain(bytes, spki), lines),
            ["note"] = HostileReader.Of(notes, Note, lines),
            ["checkpoint"] = HostileReader.Of([.. notes, .. notes.Select(note => note[..(note.AsSpan().LastIndexOf("\n\n"u8) + 1)])], bytes => CheckpointOf(bytes, noteKey), lines),
            ["verifier key"] = HostileReader.Of([Encoding.UTF8.GetBytes(noteKey.VerifierText)], VerifierKey, "+"),
            ["public key"] = HostileReader.Of([spki, producers, .. OtherKeys()], PublicKey),
            ["private key"] = HostileReader.Of(PrivateKeys(), PrivateKey, "-----BEGIN ", "-----END ", "PRIVATE KEY-----", "ENCRYPTED "),
            ["proof"] = HostileReader.Of(Proofs(notes), bytes => Proof(bytes, spki), lines),
            ["bundle"] = HostileReader.Of([EntryBundle.Encode([.. records.Select(record => (ReadOnlyMemory<byte>)record)]), EntryBundle.Encode([.. notes.Select(note => (ReadOnlyMemory<byte>)note)]), [0, 0]], Bundle),
            ["tile"] = new([.. await TilesAsync(honest.Tiles)], TileAsync),
            ["listing"] = new([Listing(copy)], ListingAsync, ",", "path,creation,size\n", "\"", "\"\"", ",2026-11-24T13:05:07Z,12\n"),
            ["zip"] = new([await ZipAsync(copy, CompressionLevel.NoCompression), await ZipAsync(copy, CompressionLevel.Fastest)], ZipAsync, "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "log/", "blobs.csv"),
            ["names"] = HostileReader.Of([.. copy.Blobs.Keys.Append(Origin).Append(RecordPath.Of(last)).Append(CheckpointName.Beside(3, [1])).Append(RecordPath.Beside(copy.Below("records/").First())).Select(Encoding.UTF8.GetBytes)], NamesOf, "records/", "log/000000/", "_1-intent_", ".json", "~0123456789abcdef", ".checkpoint", "9999/12/31/23/235959Z_"),
        };
    }

    public ValueTask DisposeAsync()
    {
        owned.ForEach(one => one.Dispose());
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Count(string name) => read.AddOrUpdate(name, 1, (_, count) => count + 1);

    private T Own<T>(T one) where T : IDisposable
    {
        owned.Add(one);
        return one;
    }

    private void Record(byte[] bytes)
    {
        if (!RecordSerializer.TryRead(bytes, out var record, out _))
            return;
        Count("record");
        // Written again it may be cut, where it was written with fewer spaces than ours; then it stays as it is.
        var again = RecordSerializer.Seal(RecordSerializer.Prefix(record), new byte[64]);
        Assert.Equal(again, RecordSerializer.Seal(RecordSerializer.Prefix(RecordSerializer.Read(again)), new byte[64]));
        Assert.True(RecordPath.TryParse(RecordPath.Of(record), out var name) && RecordPath.Fits(name, record));
    }

    private Action<byte[]> Authenticity(RecordAuthenticity authenticity) => bytes =>
    {
        var path = RecordSerializer.TryRead(bytes, out var record, out _) && record.Path is { } own ? own : "records/2026/11/24/13/x.json";
        if (authenticity.Check(bytes, path, Origin).IsAuthentic)
            Count("authenticity");
    };

    private void Glance(byte[] bytes)
    {
        var path = RecordSerializer.TryRead(bytes, out var whole, out _) && whole.Path is { } own ? own : RecordPath.Of(Samples.Intent());
        if (RecordGlanceTests.AgreesWithReadingWhole(bytes, whole?.Log ?? Origin, path))
            Count("glance");
    }

    /// <summary>What a stolen writer may write, authentic, and what a stolen sequencer may list: the verifier's books take it.</summary>
    private void History(byte[] bytes)
    {
        if (!RecordSerializer.TryRead(bytes, out var record, out _))
            return;
        Count("history");
        var book = new FindingBook(100, null);
        var (history, seals) = (new EvidenceHistory(book), new SealBook(Origin, book));
        var options = new VerifyOptions { LogKeys = [], ProducerKeys = [] };
        for (var i = 0; i < 3; i++)
        {
            var path = RecordPath.Of(i == 2 ? record with { Op = Samples.Op(i), Stage = RecordStage.Intent, Result = null } : record with { Op = Samples.Op(i) });
            var entry = LeafHash.EntryOf(path, bytes);
            history.Take(Origin, new Leaf(entry, NameSet.KeyOf(path), RecordPath.TryParse(path, out var name) ? name : null, i == 2 ? null : RecordGist.Of(record), null, null), i);
            seals.Count(name);
            seals.Grown(i + 1, entry.LeafHash);
            seals.Take(entry, record, i);
        }

        history.End(Samples.Start, options);
        seals.End(Samples.Start, options.SealAge, Samples.Start, ended: false, whole: true);
    }

    private void Batch(byte[] bytes)
    {
        if (!BatchParser.TryParse(bytes, out var signed, out _))
            return;
        Count("batch");
        Assert.Equal(bytes, BatchFile.Seal(signed.Batch.Text(), signed.KeyId, signed.Signature.Span));
    }

    private void Chain(byte[] bytes, byte[] spki)
    {
        var number = BatchParser.TryParse(bytes, out var signed, out _) ? signed.Batch.Number : 0;
        using var chain = new BatchChain(Origin, spki, Math.Min(number, long.MaxValue - 1), signed?.Batch.First ?? 0);
        if (chain.Take(bytes).Batch is not null)
            Count("chain");
    }

    private void Note(byte[] bytes)
    {
        if (!SignedNote.TryParse(bytes, out var note, out _))
            return;
        Count("note");
        Assert.Equal(bytes, note.Format());
    }

    private void CheckpointOf(byte[] bytes, NoteKey key)
    {
        var text = SignedNote.TryParse(bytes, out var note, out _) ? note.Text : Encoding.UTF8.GetString(bytes);
        if (!Checkpoint.TryParse(text, out var checkpoint, out _))
            return;
        Count("checkpoint");
        Assert.Equal(text, checkpoint.Text());
        CheckpointNote.Judge(bytes, Origin, checkpoint.Batch, [key]);
        SavedCheckpoint.TryRead(bytes, out _, out _);
    }

    private void VerifierKey(byte[] bytes)
    {
        using var key = NoteKey.TryParse(Encoding.UTF8.GetString(bytes));
        if (key is null)
            return;
        Count("verifier key");
        using var again = NoteKey.TryParse(key.VerifierText);
        Assert.Equal((key.Name, key.KeyId), (again?.Name, again?.KeyId));
    }

    private void PublicKey(byte[] bytes)
    {
        using var key = Es256.TryImport(bytes);
        if (key is null)
            return;
        Count("public key");
        Assert.False(Es256.Verify(key, bytes, new byte[64]));
        using var again = Es256.TryImport(key.ExportSubjectPublicKeyInfo());
        Assert.NotNull(again);
    }

    private void PrivateKey(byte[] bytes)
    {
        var file = Path.Combine(folder, "key.pem");
        File.WriteAllBytes(file, bytes);
        try
        {
            using var key = PemSigner.OfFile(file);
            Assert.Equal(64, key.SignAsync(new byte[32], default).GetAwaiter().GetResult().Length);
            Count("private key");
        }
        catch (SigningException)
        {
        }
    }

    private void Proof(byte[] bytes, byte[] spki)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (!TlogProof.TryParse(text, out var proof, out _))
            return;
        Count("proof");
        proof.Check(bytes, Origin, [spki]);
        Assert.True(TlogProof.TryParse(proof.Format(), out var again, out _));
        Assert.Equal(proof.Format(), again.Format());
    }

    private void Bundle(byte[] bytes)
    {
        for (var count = 0; count <= 40; count++)
        {
            if (!EntryBundle.TryDecode(bytes, count, out var records))
                continue;
            Count("bundle");
            Assert.Equal(bytes, EntryBundle.Encode(records));
        }
    }

    private async Task TileAsync(byte[] bytes)
    {
        var tiles = new MemoryTileStore();
        foreach (var name in (string[])[TilePath.Of(0, 0), TilePath.Of(0, 0, 20), TilePath.Of(1, 0, 1)])
            await tiles.WriteAsync(name, bytes, default);
        foreach (var size in (long[])[20, 300])
        {
            if (await new TileReader(tiles, size).TryTileAsync(0, 0, default) is not { } hashes)
                continue;
            Count("tile");
            Assert.Equal(bytes[..(hashes.Length * TreeHash.Size)], hashes.SelectMany(hash => hash.ToArray()));
            await new TileReader(tiles, size).NodeAsync(3, 1, default);
        }
    }

    private async Task ListingAsync(byte[] bytes)
    {
        try
        {
            var listing = await ExportListing.ReadAsync(() => new MemoryStream(bytes), default);
            await foreach (var path in listing.UnseenAsync(default))
                Assert.NotNull(listing.Tick(path));
            if (listing.Count > 0)
                Count("listing");
        }
        catch (EvidenceStoreException)
        {
        }
    }

    private async Task ZipAsync(byte[] bytes)
    {
        var file = Path.Combine(folder, "log.zip");
        await File.WriteAllBytesAsync(file, bytes);
        try
        {
            foreach (var inside in ZipLog.FoldersOf(file).Take(3))
                await ReadAllAsync(file, inside);
        }
        catch (EvidenceStoreException)
        {
        }
    }

    private async Task ReadAllAsync(string file, string inside)
    {
        using var zip = await ZipLog.OpenAsync(file, inside, default);
        await foreach (var name in zip.ListAsync("", default))
        {
            try
            {
                Assert.True(await zip.ReadAsync(name.Path, RecordLimits.Bytes, default) is null or { Bytes.Length: <= RecordLimits.Bytes });
                Count("zip");
            }
            catch (EvidenceStoreException)
            {
            }
        }
    }

    private void NamesOf(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (RecordPath.TryParse(text, out var name))
        {
            Count("names");
            Assert.True(RecordPath.IsListable(text) && BlobNames.IsOurs(text) && text.StartsWith(RecordPath.HourFolder(name.Time), StringComparison.Ordinal));
            // What a stolen sequencer may list, with no record to it.
            var history = new EvidenceHistory(new FindingBook(100, null));
            history.Take(Origin, new Leaf(LeafHash.EntryOf(text, bytes), NameSet.KeyOf(text), name, null, null, null), 0);
            history.End(Samples.Start, new VerifyOptions { LogKeys = [], ProducerKeys = [] });
        }

        if (CheckpointName.TryParse(text, out var batch, out var beside))
            Assert.True(beside || text == CheckpointName.Of(batch));
        if (ShardName.TryParse(text) is { } shard)
            Assert.Equal((text, shard.Year), (shard.Of(shard.Year), shard.Begins.Year));
        Assert.NotEmpty(LeafCounts.KeyOf(text));
    }

    private static byte[] Listing(LogCopy copy) =>
        Encoding.UTF8.GetBytes(ExportListing.HeaderLine + string.Concat(copy.Blobs.Take(20).Select(pair => ExportListing.LineOf(pair.Key, pair.Value.Created, pair.Value.Bytes.Length))) + ExportListing.LineOf("a \"quoted\",\nname", Samples.Start, 1));

    private static IReadOnlyList<byte[]> Proofs(IEnumerable<byte[]> notes) =>
        [.. notes.Select((note, i) => Encoding.UTF8.GetBytes(new TlogProof(i, [.. Enumerable.Range(0, i * 3).Select(n => TreeHash.Leaf([(byte)n]))], Encoding.UTF8.GetString(note)).Format()))];

    private static async Task<List<byte[]>> TilesAsync(MemoryTileStore tiles)
    {
        List<byte[]> bytes = [];
        foreach (var name in tiles.Names.Where(name => name.StartsWith("tile/0/", StringComparison.Ordinal)))
            bytes.Add((await tiles.ReadAsync(name, int.MaxValue, default))!.Value.ToArray());
        return [.. bytes, new byte[TilePath.Width * TreeHash.Size]];
    }

    private static async Task<byte[]> ZipAsync(LogCopy copy, CompressionLevel level)
    {
        using var memory = new MemoryStream();
        await using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, blob) in copy.Blobs.Where(pair => pair.Key.StartsWith("log/", StringComparison.Ordinal)).Take(3).Append(copy.Blobs.First(pair => pair.Key.StartsWith("records/", StringComparison.Ordinal))))
            {
                await using var entry = await zip.CreateEntry($"evidence-2026/{path}", level).OpenAsync();
                await entry.WriteAsync(blob.Bytes);
            }

            await using var csv = await zip.CreateEntry($"evidence-2026/{ExportListing.FileName}", level).OpenAsync();
            await csv.WriteAsync(Listing(copy));
        }

        return memory.ToArray();
    }

    private static List<byte[]> OtherKeys()
    {
        using var p384 = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        return [p384.ExportSubjectPublicKeyInfo(), rsa.ExportSubjectPublicKeyInfo()];
    }

    private static List<byte[]> PrivateKeys()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return [.. new[] { key.ExportPkcs8PrivateKeyPem(), key.ExportECPrivateKeyPem(), key.ExportSubjectPublicKeyInfoPem() }.Select(Encoding.ASCII.GetBytes)];
    }
}
