using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Evidence.Signing;

namespace Nhi.Azure.Tests.Evidence;

public sealed class KeyVaultSignerTests : IDisposable
{
    private const string Version = "0123456789abcdef0123456789abcdef";
    private static readonly byte[] Digest = SHA256.HashData("text"u8);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _key.Dispose();

    private HttpResponseMessage Answer(FakeWire.Sent sent)
    {
        if (sent.Method == "GET")
            return KeyAnswer();
        using var body = JsonDocument.Parse(sent.Body);
        Assert.Equal("ES256", body.RootElement.GetProperty("alg").GetString());
        var digest = Base64Url.DecodeFromChars(body.RootElement.GetProperty("value").GetString());
        return Signed(_key.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    private HttpResponseMessage KeyAnswer(string crv = "P-256", string name = "log")
    {
        var q = _key.ExportParameters(false).Q;
        return FakeWire.Json(200, $$$"""{"key":{"kid":"https://kv-nhi.vault.azure.net/keys/{{{name}}}/{{{Version}}}","kty":"EC-HSM","key_ops":["sign"],"crv":"{{{crv}}}","x":"{{{Base64Url.EncodeToString(q.X)}}}","y":"{{{Base64Url.EncodeToString(q.Y)}}}"}}""");
    }

    private static HttpResponseMessage Signed(byte[] signature) => FakeWire.Json(200, $$"""{"kid":"x","value":"{{Base64Url.EncodeToString(signature)}}"}""");

    private static (KeyVaultSigner Signer, FakeWire Wire) Over(Func<FakeWire.Sent, HttpResponseMessage> answer, string key = "https://kv-nhi.vault.azure.net/keys/log")
    {
        var wire = new FakeWire(answer);
        return (new KeyVaultSigner(new Uri(key), new FakeToken("s"), AzureCloud.Public, new ClientEquipment(new CallCounter(), wire.Transport)), wire);
    }

    [Fact]
    public async Task A_digest_is_signed_by_the_current_version_and_verifies_with_the_public_key()
    {
        var (signer, wire) = Over(Answer);
        using var _ = signer;

        var signature = await signer.SignAsync(Digest, default);
        await signer.SignAsync(Digest, default);

        using var verifier = Es256.TryImport((await signer.PublicKeyAsync(default)).Span)!;
        Assert.True(Es256.Verify(verifier, "text"u8, signature));
        Assert.Equal(["GET /keys/log", $"POST /keys/log/{Version}/sign", $"POST /keys/log/{Version}/sign"], wire.Requests.Select(sent => $"{sent.Method} {sent.Uri.AbsolutePath}"));
        Assert.All(wire.Requests, sent => Assert.Equal("?api-version=7.4", sent.Uri.Query));
    }

    [Fact]
    public async Task A_coordinate_with_leading_zeros_cut_off_is_still_the_same_key()
    {
        // About one key in 128 has one: look for it.
        ECParameters parameters;
        using var key = ECDsa.Create();
        do
        {
            key.GenerateKey(ECCurve.NamedCurves.nistP256);
            parameters = key.ExportParameters(false);
        }
        while (parameters.Q.X![0] != 0);
        var (signer, _) = Over(_ => FakeWire.Json(200, $$$"""{"key":{"kid":"https://kv-nhi.vault.azure.net/keys/log/{{{Version}}}","kty":"EC","crv":"P-256","x":"{{{Base64Url.EncodeToString(parameters.Q.X.AsSpan(1))}}}","y":"{{{Base64Url.EncodeToString(parameters.Q.Y)}}}"}}"""));

        Assert.Equal(key.ExportSubjectPublicKeyInfo(), (await signer.PublicKeyAsync(default)).ToArray());
    }

    [Fact]
    public async Task A_signature_that_does_not_verify_is_not_handed_out()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var wrong in new[] { other.SignHash(Digest), new byte[64], [1, 2, 3], _key.SignHash(Digest, DSASignatureFormat.Rfc3279DerSequence) })
        {
            var (signer, _) = Over(sent => sent.Method == "GET" ? KeyAnswer() : Signed(wrong));
            Assert.Contains("does not verify", (await Assert.ThrowsAsync<SigningException>(() => signer.SignAsync(Digest, default))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Another_curve_or_another_keys_id_is_refused()
    {
        Assert.Contains("no P-256 key", (await Assert.ThrowsAsync<SigningException>(async () => await Over(_ => KeyAnswer(crv: "P-384")).Signer.PublicKeyAsync(default))).Message, StringComparison.Ordinal);
        Assert.Contains("not its own", (await Assert.ThrowsAsync<SigningException>(async () => await Over(_ => KeyAnswer(name: "other")).Signer.PublicKeyAsync(default))).Message, StringComparison.Ordinal);
        Assert.Contains("no P-256 key", (await Assert.ThrowsAsync<SigningException>(async () => await Over(_ => FakeWire.Json(200, "{}")).Signer.PublicKeyAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keeper_that_refuses_is_named_with_what_it_said_and_asked_again_next_time()
    {
        var asked = 0;
        var (signer, _) = Over(sent => ++asked == 1 ? FakeWire.Error(403, "Forbidden", "no sign right", "ForbiddenByRbac") : Answer(sent));

        var error = await Assert.ThrowsAsync<SigningException>(() => signer.SignAsync(Digest, default));

        Assert.Contains("https://kv-nhi.vault.azure.net/keys/log", error.Message, StringComparison.Ordinal);
        Assert.Contains("ForbiddenByRbac", error.Message, StringComparison.Ordinal);
        Assert.Equal(64, (await signer.SignAsync(Digest, default)).Length);
    }

    [Fact]
    public async Task Garbage_is_an_error_and_no_signature() =>
        await Assert.ThrowsAsync<SigningException>(() => Over(_ => new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new StringContent("<html>", Encoding.UTF8) }).Signer.SignAsync(Digest, default));
}
