using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Tree;

public sealed class TreeTests
{
    /// <summary>The leaves and roots that the implementations of RFC 6962 have tested with since the first one of Certificate Transparency.</summary>
    private static readonly string[] KnownLeaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] KnownRoots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static TreeHash Hash(string hex) => TreeHash.TryParseHex(Encoding.UTF8.GetBytes(hex), out var hash) ? hash : throw new ArgumentException(hex);

    private static TreeHash[] Leaves(int count, int seed = 0) => [.. Enumerable.Range(0, count).Select(i => TreeHash.Leaf(BitConverter.GetBytes(i + (seed * 1_000_003))))];

    private static CompactRange Grown(ReadOnlySpan<TreeHash> leaves)
    {
        var range = new CompactRange();
        foreach (var leaf in leaves)
            range.Append(leaf);
        return range;
    }

    [Fact]
    public void Roots_of_the_known_leaves_are_the_known_roots()
    {
        var range = new CompactRange();
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", range.Root().ToString());
        for (var i = 0; i < KnownLeaves.Length; i++)
        {
            range.Append(TreeHash.Leaf(Convert.FromHexString(KnownLeaves[i])));
            Assert.Equal(KnownRoots[i], range.Root().ToString());
        }
    }

    [Fact]
    public async Task Proofs_of_the_known_tree_are_the_known_proofs()
    {
        TreeHash[] leaves = [.. KnownLeaves.Select(leaf => TreeHash.Leaf(Convert.FromHexString(leaf)))];
        var prover = new TreeProver(new LeafNodes(leaves));
        Assert.Equal(
            ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
            (await prover.InclusionAsync(5, 8, Ct)).Select(hash => hash.ToString()));
        Assert.Equal(
            ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
            (await prover.ConsistencyAsync(6, 8, Ct)).Select(hash => hash.ToString()));
    }

    [Fact]
    public async Task Proofs_are_those_of_the_RFC_and_verify_for_every_pair_of_small_sizes()
    {
        var leaves = Leaves(40);
        var prover = new TreeProver(new LeafNodes(leaves));
        for (var size = 1; size <= leaves.Length; size++)
        {
            var root = ReferenceTree.Root(leaves.AsSpan(0, size));
            Assert.Equal(root, Grown(leaves.AsSpan(0, size)).Root());
            Assert.Equal(root, await prover.RootAsync(size, Ct));
            for (var i = 0; i < size; i++)
            {
                var proof = await prover.InclusionAsync(i, size, Ct);
                Assert.Equal(ReferenceTree.Path(i, leaves.AsSpan(0, size)), proof);
                Assert.True(TreeProof.IsIncluded(leaves[i], i, size, proof, root));
                var first = ReferenceTree.Root(leaves.AsSpan(0, i + 1));
                var consistency = await prover.ConsistencyAsync(i + 1, size, Ct);
                Assert.Equal(ReferenceTree.Proof(i + 1, leaves.AsSpan(0, size)), consistency);
                Assert.True(TreeProof.IsConsistent(i + 1, first, size, root, consistency));
            }
        }
    }

    [Fact]
    public void No_other_leaf_index_size_or_proof_verifies() => Gen.Select(Gen.Int[1, 300], Gen.Int[0, 10_000], Gen.Int[0, 5], Gen.Int[0, 10_000]).Sample((size, at, change, other) =>
    {
        var leaves = Leaves(size);
        var (root, index) = (ReferenceTree.Root(leaves), at % size);
        var proof = ReferenceTree.Path(index, leaves);
        var wrong = TreeHash.Leaf("wrong"u8);
        var verifies = change switch
        {
            0 => TreeProof.IsIncluded(wrong, index, size, proof, root),
            1 => TreeProof.IsIncluded(leaves[index], (index + 1 + (other % Math.Max(size - 1, 1))) % Math.Max(size, 2), size, proof, root),
            2 => proof.Count > 0 && TreeProof.IsIncluded(leaves[index], index, size, [.. proof.Select((hash, i) => i == other % proof.Count ? wrong : hash)], root),
            3 => TreeProof.IsIncluded(leaves[index], index, size, [.. proof, wrong], root),
            4 => proof.Count > 0 && TreeProof.IsIncluded(leaves[index], index, size, proof[..^1], root),
            _ => TreeProof.IsIncluded(leaves[index], index, size, proof, wrong),
        };
        Assert.False(verifies);
    }, iter: 500);

    [Fact]
    public void No_tree_that_was_changed_is_consistent() => Gen.Select(Gen.Int[1, 200], Gen.Int[1, 200], Gen.Int[0, 10_000], Gen.Int[0, 4]).Sample((first, more, at, change) =>
    {
        var leaves = Leaves(first + more);
        var (before, after) = (ReferenceTree.Root(leaves.AsSpan(0, first)), ReferenceTree.Root(leaves));
        var proof = ReferenceTree.Proof(first, leaves);
        var wrong = TreeHash.Leaf("wrong"u8);
        Assert.True(TreeProof.IsConsistent(first, before, leaves.Length, after, proof));
        Assert.True(TreeProof.IsConsistent(0, TreeHash.Empty, leaves.Length, after, []));
        Assert.False(change switch
        {
            0 => TreeProof.IsConsistent(first, wrong, leaves.Length, after, proof),
            1 => TreeProof.IsConsistent(first, before, leaves.Length, wrong, proof),
            2 => TreeProof.IsConsistent(first, before, leaves.Length, after, [.. proof.Select((hash, i) => i == at % proof.Count ? wrong : hash)]),
            3 => TreeProof.IsConsistent(first, before, leaves.Length, after, [.. proof, wrong]),
            _ => TreeProof.IsConsistent(first, before, leaves.Length, after, proof[..^1]),
        });
    }, iter: 500);

    [Fact]
    public void Hostile_proofs_are_refused_and_never_throw() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Int[0, 100]).Sample((index, size, count) =>
        {
            var proof = Enumerable.Repeat(TreeHash.Empty, count).ToArray();
            Assert.False(TreeProof.IsIncluded(TreeHash.Empty, index, size, proof, TreeHash.Empty));
            Assert.Equal(index == size && index >= 0 && count == 0 || index == 0 && size > 0 && count == 0, TreeProof.IsConsistent(index, TreeHash.Empty, size, TreeHash.Empty, proof));
        });

    [Fact]
    public async Task A_tree_goes_on_from_its_right_edge_as_if_it_had_never_stopped()
    {
        var leaves = Leaves(600);
        var prover = new TreeProver(new LeafNodes(leaves));
        foreach (var size in (int[])[0, 1, 2, 3, 255, 256, 257, 511, 512, 599])
        {
            var edge = await prover.EdgeAsync(size, Ct);
            var copy = edge.Copy();
            foreach (var leaf in leaves.AsSpan(size))
                edge.Append(leaf);
            Assert.Equal(ReferenceTree.Root(leaves), edge.Root());
            Assert.Equal(ReferenceTree.Root(leaves.AsSpan(0, size)), copy.Root());
        }

        Assert.Throws<ArgumentException>(() => new CompactRange(3, [TreeHash.Empty]));
    }

    [Fact]
    public void Each_complete_subtree_is_told_of_once()
    {
        var leaves = Leaves(100);
        Dictionary<(int, long), TreeHash> made = [];
        var range = new CompactRange();
        foreach (var leaf in leaves)
            range.Append(leaf, (int level, long index, in TreeHash hash) => made.Add((level, index), hash));
        Assert.Equal(100 + 50 + 25 + 12 + 6 + 3 + 1, made.Count);
        Assert.All(made, node => Assert.Equal(ReferenceTree.Root(leaves.AsSpan((int)(node.Key.Item2 << node.Key.Item1), 1 << node.Key.Item1)), node.Value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4_095)]
    [InlineData(4_096)]
    [InlineData(65_535)]
    public void A_leaf_is_SHA256_over_a_zero_byte_and_the_record_however_long(int length)
    {
        var record = new byte[length];
        Random.Shared.NextBytes(record);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([0, .. record])), TreeHash.Leaf(record).ToString());
    }

    [Fact]
    public void Hashes_are_read_in_one_form_only()
    {
        var hash = TreeHash.Leaf("x"u8);
        Assert.True(TreeHash.TryParseHex(Encoding.UTF8.GetBytes(hash.ToString()), out var hex) && hex == hash && new TreeHash(hash.ToArray()) == hash);
        Assert.True(TreeHash.TryParseBase64(hash.ToBase64(), out var base64) && base64 == hash);
        Assert.False(TreeHash.TryParseHex(Encoding.UTF8.GetBytes(new string('A', 64)), out _));
        Assert.False(TreeHash.TryParseHex(Encoding.UTF8.GetBytes(hash.ToString()).AsSpan(2), out _));
        Assert.False(TreeHash.TryParseHex(Encoding.UTF8.GetBytes(new string('g', 64)), out _));
        Assert.False(TreeHash.TryParseBase64(" " + hash.ToBase64(), out _));
        // The last character holds two bits that mean nothing.
        Assert.False(TreeHash.TryParseBase64(new string('A', 42) + "B=", out _));
        Assert.Throws<ArgumentException>(() => new TreeHash(new byte[31]));
        Assert.Equal(hash.GetHashCode(), Hash(hash.ToString()).GetHashCode());
    }
}
