using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Nhi.Evidence.Checkpoints;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private const string Origin = EvidenceBench.Origin;
    private static readonly string[] NoteParts = ["t\n", "\n", "\n\n", "— k AAAAAAAA\n", "— ", "k", " ", "AAAAAAAA", "è", "\r", "="];
    private readonly PemSigner key = PemSigner.Create();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Checkpoint Sample(long batch = 12, string origin = Origin) => new(origin, 343, TreeHash.Leaf("x"u8), batch);

    private async Task<NoteKey> NoteKeyAsync(PemSigner? signer = null) => new(Origin, (await (signer ?? key).PublicKeyAsync(Ct)).Span);

    /// <summary>The example of C2SP's signed-note.</summary>
    [Fact]
    public void The_note_of_the_specification_is_read_and_written_back()
    {
        const string note = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
            + "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out var read, out _));
        Assert.EndsWith("subito sera.\n", read.Text, StringComparison.Ordinal);
        Assert.Equal(("quasimodo.example/salvatore", "367ba04b", 64), (read.Signatures[0].Name, read.Signatures[0].KeyId, read.Signatures[0].Signature.Length));
        Assert.Equal(note, Encoding.UTF8.GetString(read.Format()));
    }

    [Theory]
    [InlineData("", "no empty line")]
    [InlineData("text\n", "no empty line")]
    [InlineData("text\n\n", "line 1 ")]
    [InlineData("text\n\n\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAAAA", "no line feed")]
    [InlineData("text\n\n- k AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAAAA\n\n", "line 1 ")]
    [InlineData("text\n\n— AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n—  AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAA==\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAAAA \n", "line 1 ")]
    [InlineData("text\n\n— k  AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAAB=\n", "line 1 ")]
    [InlineData("text\n\n— k+y AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n— k\u00a0y AAAAAAAA\n", "line 1 ")]
    [InlineData("text\n\n— k AAAAAAAA\nx\n", "line 2 ")]
    [InlineData("te\rxt\n\n— k AAAAAAAA\n", "control")]
    [InlineData("te\0xt\n\n— k AAAAAAAA\n", "control")]
    public void A_note_of_another_form_is_named_and_refused(string note, string why)
    {
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(note), out _, out var said));
        Assert.Contains(why, said, StringComparison.Ordinal);
    }

    /// <summary>Ids have four bytes: of 15,616 keys that anybody may make anew here, two share theirs. A thief who seeks one for an honest id, and has it named, voids nothing.</summary>
    [Fact]
    public void L14_A_key_that_shares_the_id_of_an_honest_one_makes_no_honest_checkpoint_void()
    {
        using var honest = KeyOf(11_293);
        using var thief = KeyOf(15_616);
        using var ofHonest = new NoteKey(Origin, honest.ExportSubjectPublicKeyInfo());
        using var ofThief = new NoteKey(Origin, thief.ExportSubjectPublicKeyInfo());
        Assert.Equal(ofHonest.KeyId, ofThief.KeyId);
        NoteSignature By(ECDsa signer) => new(Origin, ofHonest.KeyId, signer.SignData(Encoding.UTF8.GetBytes(Sample().Text()), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        foreach (var keys in (NoteKey[][])[[ofHonest, ofThief], [ofThief, ofHonest]])
        {
            var judged = CheckpointNote.Judge(new SignedNote(Sample().Text(), [By(honest)]).Format(), Origin, 12, keys);
            Assert.Null(judged.Why);
            Assert.Equal((Sample(), ofHonest.KeyId), (judged.Checkpoint, Assert.Single(judged.KeyIds)));
            // By neither of them it is void, whoever else signed.
            using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            Assert.Contains("does not verify", CheckpointNote.Judge(new SignedNote(Sample().Text(), [By(honest), By(stranger)]).Format(), Origin, 12, keys).Why, StringComparison.Ordinal);
        }
    }

    /// <summary>The key whose secret is the hash of that number.</summary>
    private static ECDsa KeyOf(int number) => ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SHA256.HashData(Encoding.ASCII.GetBytes($"nhi test key {number}")) });

    [Fact]
    public void A_note_is_bounded_in_bytes_and_signatures_and_is_UTF8()
    {
        var line = "— k AAAAAAAA\n";
        Assert.True(SignedNote.TryParse(Encoding.UTF8.GetBytes("t\n\n" + string.Concat(Enumerable.Repeat(line, 100))), out var most, out _));
        Assert.Equal(100, most.Signatures.Count);
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes("t\n\n" + string.Concat(Enumerable.Repeat(line, 101))), out _, out var why));
        Assert.Contains("100", why, StringComparison.Ordinal);
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(new string('t', SignedNote.MostBytes) + "\n\n" + line), out _, out why));
        Assert.Contains("bytes", why, StringComparison.Ordinal);
        Assert.False(SignedNote.TryParse([0xff, (byte)'\n', (byte)'\n'], out _, out why));
        Assert.Contains("UTF-8", why, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => new SignedNote("t", most.Signatures).Format());
        Assert.Throws<FormatException>(() => new SignedNote("t\r\n", most.Signatures).Format());
        Assert.Throws<FormatException>(() => new SignedNote("t\n", []).Format());
        Assert.Throws<FormatException>(() => new SignedNote("t\n", [new NoteSignature("k y", "00000000", new byte[1])]).Format());
    }

    [Fact]
    public void Whatever_is_read_as_a_note_is_written_back_byte_for_byte() =>
        Gen.Select(Gen.Int[0, NoteParts.Length - 1], Gen.Byte).List[0, 12].Sample(parts =>
        {
            var bytes = parts.SelectMany(part => part.Item2 < 8 ? [part.Item2] : Encoding.UTF8.GetBytes(NoteParts[part.Item1])).ToArray();
            if (SignedNote.TryParse(bytes, out var note, out var why))
                Assert.Equal(bytes, note.Format());
            else
                Assert.NotEmpty(why);
        }, iter: 20_000);

    [Theory]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", true)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", false)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\nmore\n", false)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0", false)]
    [InlineData("\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    [InlineData("o\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    [InlineData("o\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    [InlineData("o\n1\0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nbatch 0\n", false)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 00\n", false)]
    [InlineData("o\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch \n", false)]
    [InlineData("o\n99999999999999999999\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    [InlineData("o\n\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nbatch 0\n", false)]
    public void A_checkpoint_has_four_lines_in_one_form(string text, bool reads)
    {
        Assert.Equal(reads, Checkpoint.TryParse(text, out var checkpoint, out var why));
        Assert.Equal(reads ? text : null, checkpoint?.Text());
        Assert.Equal(reads, why is null);
    }

    [Fact]
    public async Task A_signed_checkpoint_is_read_back_and_whatever_is_changed_makes_it_void()
    {
        var note = await CheckpointNote.SignAsync(Sample(), [key], Ct);
        using var trusted = await NoteKeyAsync();
        var judged = CheckpointNote.Judge(note, Origin, 12, [trusted]);
        Assert.Equal((Sample(), trusted.KeyId, null), (judged.Checkpoint, judged.KeyIds.Single(), judged.Why));
        for (var i = 0; i < note.Length; i++)
        {
            var changed = note.ToArray();
            changed[i] ^= 1;
            Assert.False(CheckpointNote.Judge(changed, Origin, 12, [trusted]).IsSigned);
        }
    }

    [Fact]
    public async Task A_checkpoint_for_another_batch_log_or_key_is_void()
    {
        using var stranger = PemSigner.Create();
        using var trusted = await NoteKeyAsync();
        var genuine = await CheckpointNote.SignAsync(Sample(), [key], Ct);
        Assert.Contains("batch 12", CheckpointNote.Judge(genuine, Origin, 13, [trusted]).Why, StringComparison.Ordinal);
        Assert.Contains("another log", CheckpointNote.Judge(await CheckpointNote.SignAsync(Sample(origin: "o"), [key], Ct), Origin, 12, [trusted]).Why, StringComparison.Ordinal);
        Assert.Contains("no log key", CheckpointNote.Judge(await CheckpointNote.SignAsync(Sample(), [stranger], Ct), Origin, 12, [trusted]).Why, StringComparison.Ordinal);
        Assert.True(CheckpointNote.Judge(await CheckpointNote.SignAsync(Sample(), [stranger, key], Ct), Origin, 12, [trusted]).IsSigned);
        using var both = await NoteKeyAsync(stranger);
        Assert.Equal(2, CheckpointNote.Judge(await CheckpointNote.SignAsync(Sample(), [stranger, key], Ct), Origin, 12, [trusted, both]).KeyIds.Count);
    }

    [Fact]
    public async Task A_verifier_key_is_read_back()
    {
        using var noteKey = await NoteKeyAsync();
        var spki = await key.PublicKeyAsync(Ct);
        Assert.Equal($"{Origin}+{Convert.ToHexStringLower(SHA256.HashData(spki.Span)[..4])}+{Convert.ToBase64String([2, .. spki.Span])}", noteKey.VerifierText);
        using var read = NoteKey.TryParse(noteKey.VerifierText);
        Assert.Equal(noteKey.VerifierText, read?.VerifierText);
        foreach (var wrong in (string?[])[null, "", "a+b", "a+00000000+AAAA", noteKey.VerifierText[1..] + "A", noteKey.VerifierText.Replace($"+{noteKey.KeyId}", "+00000000", StringComparison.Ordinal), new string('+', 2_000)])
            Assert.Null(NoteKey.TryParse(wrong));
        Assert.Throws<ArgumentException>(() => new NoteKey(Origin, new byte[3]));
    }

    [Fact]
    public void Names_are_read_back_and_no_others()
    {
        Assert.Equal("log/000012/000012345.checkpoint.txt", CheckpointName.Of(12_345));
        var beside = CheckpointName.Beside(12_345, "note"u8);
        Assert.Equal("log/000012/000012345.checkpoint~" + Convert.ToHexStringLower(SHA256.HashData("note"u8))[..16] + ".txt", beside);
        Assert.True(CheckpointName.TryParse(beside, out var batch, out var is1) && batch == 12_345 && is1);
        Assert.True(CheckpointName.TryParse(CheckpointName.Of(7), out batch, out is1) && batch == 7 && !is1);
        foreach (var wrong in (string?[])[null, "", "log/000012/000012345.batch.txt", "log/000011/000012345.checkpoint.txt", "log/000012/12345.checkpoint.txt", "log/000012/000012345.checkpoint~0.txt", "log/000012/000012345.checkpoint", "log/000012/000012345.checkpoint~" + new string('G', 16) + ".txt", "x/" + CheckpointName.Of(7), CheckpointName.Of(7) + "\n", new string('9', 200)])
            Assert.False(CheckpointName.TryParse(wrong, out _, out _));
    }

    [Fact]
    public async Task Signatures_in_both_forms_verify_alike_whatever_their_integers()
    {
        using var own = Es256.TryImport((await key.PublicKeyAsync(Ct)).Span)!;
        for (var i = 0; i < 300; i++)
        {
            var text = BitConverter.GetBytes(i);
            var raw = await key.SignAsync(SHA256.HashData(text), Ct);
            var der = Es256.ToDer(raw);
            Assert.True(Es256.Verify(own, text, raw) && Es256.VerifyDer(own, text, der));
            Assert.False(Es256.VerifyDer(own, [.. text, 1], der) || Es256.VerifyDer(own, text, raw) || Es256.VerifyDer(own, text, [.. der, 0]) || Es256.VerifyDer(own, text, []) || Es256.VerifyDer(own, text, new byte[5_000]));
        }
    }

    [Fact]
    public void Small_integers_lose_their_zeros_and_large_ones_get_one()
    {
        var raw = new byte[64];
        raw[31] = 5;
        raw[32] = 0x80;
        Assert.Equal([0x30, 38, 2, 1, 5, 2, 33, 0, 0x80, .. new byte[31]], Es256.ToDer(raw));
        Assert.Equal([0x30, 6, 2, 1, 0, 2, 1, 0], Es256.ToDer(new byte[64]));
        Assert.Throws<ArgumentException>(() => Es256.ToDer(new byte[63]));
    }

    public void Dispose() => key.Dispose();
}
