using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Tests.Sequencing;

public sealed class BatchFileTests : IDisposable
{
    private const string Origin = "a.blob.core.windows.net/evidence-2026";
    private readonly PemSigner key = PemSigner.Create();
    private readonly PemSigner stranger = PemSigner.Create();

    private static BatchEntry Entry(int i) => LeafHash.EntryOf($"records/2026/11/24/13/130507Z__sweep_2-summary_{Samples.Op(i)}.json", BitConverter.GetBytes(i));

    private static BatchFile Batch(long number = 0, long first = 0, int count = 2) => new(Origin, number, first, [.. Enumerable.Range((int)first, count).Select(Entry)]);

    private static byte[] Spki(PemSigner signer) => signer.PublicKeyAsync(default).AsTask().Result.ToArray();

    private static byte[] Sealed(BatchFile batch, PemSigner signer) => Sealed(batch.Text(), signer);

    private static byte[] Sealed(byte[] text, PemSigner signer) =>
        BatchFile.Seal(text, Es256.KeyId(Spki(signer)), signer.SignAsync(SHA256.HashData(BatchFile.SignedText(text)), default).Result);

    private BatchChain Chain() => new(Origin, Spki(key));

    [Fact]
    public void A_batch_reads_as_sha256sums_with_comments()
    {
        var entry = Entry(0);
        var text = Encoding.ASCII.GetString(Sealed(Batch(count: 1), key));
        var lines = text.Split('\n');
        Assert.Equal([$"# log {Origin}", "# batch 0", "# first 0", "# count 1", $"# leaf {entry.Leaf}", $"{entry.Sha256}  {entry.Path}"], lines[..6]);
        Assert.Matches("^# sig [0-9a-f]{8} [A-Za-z0-9+/]{86}==$", lines[6]);
        Assert.Equal(8, lines.Length);
    }

    [Fact]
    public void A_leaf_is_the_hash_of_rfc_6962() =>
        // RFC 6962 test vectors: the leaf of the empty string.
        Assert.Equal("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", Convert.ToHexStringLower(LeafHash.Of([])));

    [Fact]
    public void Any_batch_is_read_back_as_it_was_written() => Gen.Select(Gen.Long[0, 1L << 40], Gen.Int[0, 50], Gen.Bool).Sample((number, count, closes) =>
    {
        var batch = Batch(number, 0, count) with { Closes = closes || count == 0, NextKey = closes ? Convert.ToBase64String(Spki(key)) : null };
        Assert.True(BatchParser.TryParse(Sealed(batch, key), out var read, out var why), why);
        Assert.Equal(batch.Entries, read.Batch.Entries);
        Assert.Equal(batch with { Entries = [] }, read.Batch with { Entries = [] });
        Assert.Equal(batch.Text(), read.SignedText.ToArray());
    }, iter: 50);

    [Fact]
    public void A_full_batch_keeps_to_the_limits_and_one_line_more_does_not()
    {
        var full = Batch(count: BatchFile.MostEntries) with { NextKey = Convert.ToBase64String(Spki(key)), Closes = true };
        Assert.True(BatchParser.TryParse(Sealed(full, key), out _, out _));
        Assert.True(full.Text().Length < BatchFile.MostBytes);
        Assert.Throws<InvalidOperationException>(() => Batch(count: BatchFile.MostEntries + 1).Text());
        var lines = string.Concat(Enumerable.Repeat("# leaf x\n", BatchFile.MostLines));
        Assert.False(BatchParser.TryParse(Encoding.ASCII.GetBytes(lines + "# sig x\n"), out _, out var why));
        Assert.Contains("8192 lines", why, StringComparison.Ordinal);
        Assert.False(BatchParser.TryParse(new byte[BatchFile.MostBytes + 1], out _, out why));
        Assert.Contains("4194304 bytes", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# count 2", "# count 3")]
    [InlineData("# count 2", "# count 02")]
    [InlineData("# count 2", "# count  2")]
    [InlineData("# count 2", "# count 2\n# note hi")]
    [InlineData("# count 2", "# count 2\n# close\n# close")]
    [InlineData("# count 2", "# count 2\n# close\n# key AAAA")]
    [InlineData("# leaf ", "# leaf  ")]
    [InlineData("# leaf ", "# Leaf ")]
    [InlineData("  records/", " *records/")]
    [InlineData("  records/", "  ./records/")]
    [InlineData("  records/", "  log/")]
    [InlineData(".json\n", ".json\r\n")]
    [InlineData(".json\n", ".json\n\n")]
    [InlineData(".json\n", ".jso\n")]
    [InlineData("# sig ", "# sig  ")]
    [InlineData("# log ", "#log ")]
    public void A_batch_with_any_other_line_is_void(string old, string replacement)
    {
        var text = Encoding.ASCII.GetString(Sealed(Batch(), key));
        var at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var changed = Encoding.ASCII.GetBytes(text[..at] + replacement + text[(at + old.Length)..]);
        Assert.False(BatchParser.TryParse(changed, out _, out var why));
        Assert.NotEmpty(why);
    }

    [Fact]
    public void L7_a_name_with_a_line_feed_can_not_be_listed()
    {
        // Two names in one: what an honest sequencer would have to write for a hostile blob.
        var hostile = new BatchEntry($"records/2026/11/24/13/a\n{Entry(9).Sha256}  records/2026/11/24/13/b.json", Entry(9).RecordHash, Entry(9).LeafHash);
        using var chain = Chain();
        Assert.False(chain.Take(Sealed(Batch() with { Entries = [hostile] }, key)).IsValid);
        // Whatever its name could hide: the tools of auditors read what the grammar allows alike.
        foreach (var name in (string[])["a b", "a;b", "a\\b", "$(x)", "*"])
        {
            using var another = Chain();
            Assert.False(another.Take(Sealed(Batch() with { Entries = [Entry(9) with { Path = $"records/2026/11/24/13/{name}.json" }] }, key)).IsValid, name);
        }
    }

    [Fact]
    public void Hostile_bytes_are_void_never_thrown_upon() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        using var chain = Chain();
        Assert.False(chain.Take(bytes).IsValid);
        Assert.Equal(1, chain.Next);
    }, iter: 500);

    [Fact]
    public void A_change_of_any_byte_makes_a_batch_void()
    {
        var bytes = Sealed(Batch(count: 1), key);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            using var chain = Chain();
            Assert.False(chain.Take(changed).IsValid, $"byte {i}");
        }
    }

    [Fact]
    public void A_void_batch_adds_nothing_and_the_numbers_go_on()
    {
        using var chain = Chain();
        Assert.True(chain.Take(Sealed(Batch(0, 0, 3), key)).IsValid);
        Assert.Contains("no log key", chain.Take(Sealed(Batch(1, 3), stranger)).Why, StringComparison.Ordinal);
        Assert.Contains("# first", chain.Take(Sealed(Batch(2, 5), key)).Why, StringComparison.Ordinal);
        Assert.Contains("# batch 2", chain.Take(Sealed(Batch(2, 3), key)).Why, StringComparison.Ordinal);
        Assert.Contains("another log", chain.Take(Sealed(Batch(4, 3) with { Log = "b/evidence-2026" }, key)).Why, StringComparison.Ordinal);
        Assert.Contains("bytes", chain.Take(null).Why, StringComparison.Ordinal);
        Assert.True(chain.Take(Sealed(Batch(6, 3, 1), key)).IsValid);
        Assert.Equal((7, 4), (chain.Next, chain.Size));
    }

    [Fact]
    public void After_a_close_everything_is_void()
    {
        using var chain = Chain();
        Assert.True(chain.Take(Sealed(Batch() with { Closes = true }, key)).IsValid);
        Assert.True(chain.IsClosed);
        Assert.Contains("closed", chain.Take(Sealed(Batch(1, 2), key)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_log_key_counts_from_the_next_batch_and_the_old_one_for_1440_more()
    {
        using var chain = Chain();
        Assert.False(chain.Take(Sealed(Batch(0, 0), stranger)).IsValid);
        Assert.True(chain.Take(Sealed(Batch(1, 0, 1) with { NextKey = Convert.ToBase64String(Spki(stranger)) }, key)).IsValid);
        Assert.True(chain.Take(Sealed(Batch(2, 1, 1), stranger)).IsValid);
        Assert.True(chain.Take(Sealed(Batch(3, 2, 1), key)).IsValid);
        for (long n = 4; n < 1 + BatchChain.FormerKeyCounts; n++)
            chain.Take(ReadOnlyMemory<byte>.Empty);
        Assert.True(chain.Take(Sealed(Batch(chain.Next, 3, 1), key)).IsValid);
        Assert.False(chain.Take(Sealed(Batch(chain.Next, 4, 1), key)).IsValid);
        Assert.True(chain.Take(Sealed(Batch(chain.Next, 4, 1), stranger)).IsValid);
    }

    [Fact]
    public void A_stranger_can_not_name_a_new_log_key()
    {
        using var chain = Chain();
        Assert.False(chain.Take(Sealed(Batch() with { NextKey = Convert.ToBase64String(Spki(stranger)) }, stranger)).IsValid);
        Assert.False(chain.Take(Sealed(Batch(1), stranger)).IsValid);
        Assert.False(chain.Take(Sealed(Batch(2) with { NextKey = "AAAA" }, key)).IsValid);
    }

    [Fact]
    public void Names_of_batches_depend_on_their_number_alone()
    {
        Assert.Equal("log/000000/000000000.batch.txt", BatchName.Of(0));
        Assert.Equal("log/000012/000012345.batch.txt", BatchName.Of(12_345));
    }

    public void Dispose()
    {
        key.Dispose();
        stranger.Dispose();
    }
}
