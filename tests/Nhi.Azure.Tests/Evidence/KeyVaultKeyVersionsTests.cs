using System.Buffers.Text;
using System.Security.Cryptography;
using Nhi.Azure.Evidence;
using Nhi.Azure.Identities;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Evidence.Signing;

namespace Nhi.Azure.Tests.Evidence;

public sealed class KeyVaultKeyVersionsTests : IDisposable
{
    private const string Vault = "https://kv-nhi.vault.azure.net";
    private readonly Dictionary<string, string> _attributes = [];
    private readonly Dictionary<string, ECDsa> _keys = ((string[])["0a", "1b", "2c"]).ToDictionary(version => version, _ => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public void Dispose()
    {
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private HttpResponseMessage Answer(FakeWire.Sent sent) => FakeWire.Json(200, sent.Uri.Segments[^1] is "versions"
        ? $$"""{"value":[{{string.Join(',', _keys.Keys.Select((version, i) => $$"""{"attributes":{{{_attributes.GetValueOrDefault(version, "\"enabled\":true")}},"created":{{1_700_000_000 + i}}},"kid":"{{Vault}}/keys/{{sent.Uri.Segments[2]}}{{version}}"}"""))}}]}"""
        : Key(sent.Uri.Segments[2], sent.Uri.Segments[^1]));

    private HttpResponseMessage AnswerOfDisabled(FakeWire.Sent sent) => sent.Uri.Segments[^1] is "1b" ? FakeWire.Json(403, """{"error":{"code":"Forbidden","message":"Operation get is not allowed on a disabled key.","innererror":{"code":"KeyDisabled"}}}""") : Answer(sent);

    private string Key(string name, string version)
    {
        var q = _keys[version].ExportParameters(false).Q;
        return $$$"""{"key":{"kid":"{{{Vault}}}/keys/{{{name}}}{{{version}}}","kty":"EC","crv":"P-256","x":"{{{Base64Url.EncodeToString(q.X)}}}","y":"{{{Base64Url.EncodeToString(q.Y)}}}"}}""";
    }

    private KeyVaultKeyVersions Over(string key, Func<FakeWire.Sent, HttpResponseMessage>? answer = null) => new(new Uri($"{Vault}/keys/{key}"), new FakeToken("s"), AzureCloud.Public, new ClientEquipment(new CallCounter(), new FakeWire(answer ?? Answer).Transport), TimeProvider.System);

    private byte[][] Spki(params string[] versions) => [.. versions.Select(version => _keys[version].ExportSubjectPublicKeyInfo())];

    [Theory, InlineData("log", new[] { "0a", "1b", "2c" }), InlineData("log/2c", new[] { "0a", "1b", "2c" }), InlineData("log/1b", new[] { "0a", "1b" }), InlineData("log/0a", new[] { "0a" })]
    public async Task What_signs_ends_with_the_version_of_the_settings_and_what_is_known_does_not(string key, string[] signing)
    {
        using var versions = Over(key);
        Assert.Equal(Spki("0a", "1b", "2c"), (await versions.KnownAsync(default)).Select(one => one.ToArray()));
        Assert.Equal(Spki(signing), (await (await versions.AllAsync(fresh: false, default)).PublicKeysAsync(default)).Select(one => one.ToArray()));
        Assert.Equal(Spki(signing), (await versions.FirstKeysAsync(default)).Select(one => one.ToArray()));
    }

    [Fact]
    public async Task A_version_ends_at_its_expiry_or_when_it_was_disabled()
    {
        _attributes["0a"] = "\"enabled\":true,\"exp\":1800000000";
        _attributes["1b"] = "\"enabled\":false,\"updated\":1790000000,\"exp\":1800000000";
        _attributes["2c"] = "\"enabled\":true,\"updated\":1790000000";
        DateTimeOffset?[] ends = [DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), DateTimeOffset.FromUnixTimeSeconds(1_790_000_000), null];
        using var versions = Over("producers");
        var ending = await versions.EndingAsync(default);
        Assert.Equal(ends, ending.Select(one => one.Until));
        Assert.Equal(Spki("0a", "1b", "2c"), ending.Select(one => one.Spki.ToArray()));

        // Where the vault does not show a disabled one, nothing of it counts and the others go on.
        using var others = Over("producers", AnswerOfDisabled);
        Assert.Equal(Spki("0a", "2c"), (await others.EndingAsync(default)).Select(one => one.Spki.ToArray()));
        _attributes["1b"] = "\"enabled\":true";
        using var unsure = Over("producers", AnswerOfDisabled);
        await Assert.ThrowsAsync<SigningException>(async () => await unsure.EndingAsync(default));
    }

    [Fact]
    public async Task A_version_that_is_not_there_is_named()
    {
        using var versions = Over("log/9f");
        Assert.Contains($"{Vault}/keys/log/9f", (await Assert.ThrowsAsync<SigningException>(async () => await versions.AllAsync(fresh: false, default))).Message, StringComparison.Ordinal);
    }
}
