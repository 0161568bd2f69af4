using System.Text;
using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Tests.Signing;

public sealed class RecordAuthenticityTests : IDisposable
{
    private readonly EvidenceBench bench = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_of_any_byte_is_noticed()
    {
        var (bytes, path) = await WrittenAsync();
        var authenticity = await bench.Producer.AuthenticityAsync(Ct);
        Assert.True(authenticity.Check(bytes, path, EvidenceBench.Origin).IsAuthentic);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Assert.False(authenticity.Check(changed, path, EvidenceBench.Origin).IsAuthentic, $"byte {i}");
        }
    }

    [Fact]
    public async Task Another_log_name_or_key_of_the_producers_is_named()
    {
        var (bytes, path) = await WrittenAsync();
        using var stranger = PemSigner.Create();
        Assert.Contains("$.log", Why(bytes, path, "other/evidence-2026", await bench.ProducersKey.PublicKeyAsync(Ct)), StringComparison.Ordinal);
        Assert.Contains("$.path", Why(bytes, RecordPath.Beside(path), EvidenceBench.Origin, await bench.ProducersKey.PublicKeyAsync(Ct)), StringComparison.Ordinal);
        Assert.Contains("name", Why(bytes, "records/x.json", EvidenceBench.Origin, await bench.ProducersKey.PublicKeyAsync(Ct)), StringComparison.Ordinal);
        Assert.Contains("cert", Why(bytes, path, EvidenceBench.Origin, await stranger.PublicKeyAsync(Ct)), StringComparison.Ordinal);
        Assert.Null(Why(bytes, path, EvidenceBench.Origin, await bench.ProducersKey.PublicKeyAsync(Ct)));
    }

    [Fact]
    public async Task A_record_signed_by_a_key_that_only_claims_to_be_certified_is_not_authentic()
    {
        using var thief = await ProducerIdentity.CreateAsync(PemSigner.Create(), new ProducerDescription("nhi-governor", "1", "i"), Ct);
        var honest = await bench.Producer.IdentityAsync(Ct);
        var record = Samples.Intent() with { Log = EvidenceBench.Origin, Path = RecordPath.Of(Samples.Intent()), Recorded = Samples.Start };
        foreach (var facts in new[] { thief.Facts, thief.Facts with { Cert = honest.Facts.Cert }, honest.Facts })
        {
            var prefix = RecordSerializer.Prefix(record with { Producer = facts });
            var judgement = (await bench.Producer.AuthenticityAsync(Ct)).Check(RecordSerializer.Seal(prefix, thief.Sign(prefix)), record.Path, EvidenceBench.Origin);
            Assert.Contains(facts == honest.Facts ? "$.sig" : "$.producer.cert", judgement.Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_record_under_a_name_that_does_not_follow_from_it_is_not_authentic()
    {
        var identity = await bench.Producer.IdentityAsync(Ct);
        var path = RecordPath.Of(Samples.Intent(2));
        var prefix = RecordSerializer.Prefix(Samples.Intent(1) with { Log = EvidenceBench.Origin, Path = path, Recorded = Samples.Start, Producer = identity.Facts });
        var judgement = (await bench.Producer.AuthenticityAsync(Ct)).Check(RecordSerializer.Seal(prefix, identity.Sign(prefix)), path, EvidenceBench.Origin);
        Assert.Contains("follow", judgement.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_text_has_one_reading()
    {
        var facts = new ProducerFacts("s", "1", "i\nx", "key", "");
        Assert.Throws<RecordFormatException>(() => ProducerIdentity.CertifiedText(facts));
        Assert.Equal("nhi-producer/1\ns\n1\ni\n\nr\nkey\n", Encoding.UTF8.GetString(ProducerIdentity.CertifiedText(facts with { Instance = "i", Region = "r" })));
    }

    [Fact]
    public async Task A_pem_file_keeps_its_key_and_is_its_owners_alone()
    {
        var folder = Directory.CreateTempSubdirectory("nhi-keys-").FullName;
        try
        {
            var file = Path.Combine(folder, "keys", "log.pem");
            using var first = PemSigner.OfFile(file);
            using var second = PemSigner.OfFile(file);
            Assert.Equal((await first.PublicKeyAsync(Ct)).ToArray(), (await second.PublicKeyAsync(Ct)).ToArray());
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            await File.WriteAllTextAsync(file, "no key", Ct);
            Assert.Throws<SigningException>(() => PemSigner.OfFile(file));
            using var whole = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
            await File.WriteAllTextAsync(file, whole.ExportSubjectPublicKeyInfoPem(), Ct);
            Assert.Throws<SigningException>(() => PemSigner.OfFile(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose() => bench.Dispose();

    private static string? Why(byte[] bytes, string path, string origin, ReadOnlyMemory<byte> spki) => RecordAuthenticity.Check(bytes, path, origin, spki).Why;

    private async Task<(byte[] Bytes, string Path)> WrittenAsync()
    {
        var written = await bench.WriteAsync(Samples.Intent());
        return ((await bench.Store.ReadAsync(written.Reference.Path, 70_000, Ct))!.Bytes.ToArray(), written.Reference.Path);
    }
}
