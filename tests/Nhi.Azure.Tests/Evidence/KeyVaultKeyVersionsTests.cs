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
    private readonly Dictionary<string, ECDsa> _keys = ((string[])["0a", "1b", "2c"]).ToDictionary(version => version, _ => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public void Dispose()
    {
        foreach (var key in _keys.Values)
            key.Dispose();
    }

    private HttpResponseMessage Answer(FakeWire.Sent sent) => FakeWire.Json(200, sent.Uri.Segments[^1] is "versions"
        ? $$"""{"value":[{{string.Join(',', _keys.Keys.Select((version, i) => $$"""{"attributes":{"enabled":true,"created":{{1_700_000_000 + i}}},"kid":"{{Vault}}/keys/log/{{version}}"}"""))}}]}"""
        : Key(sent.Uri.Segments[^1]));

    private string Key(string version)
    {
        var q = _keys[version].ExportParameters(false).Q;
        return $$$"""{"key":{"kid":"{{{Vault}}}/keys/log/{{{version}}}","kty":"EC","crv":"P-256","x":"{{{Base64Url.EncodeToString(q.X)}}}","y":"{{{Base64Url.EncodeToString(q.Y)}}}"}}""";
    }

    private KeyVaultKeyVersions Over(string key) => new(new Uri($"{Vault}/keys/{key}"), new FakeToken("s"), AzureCloud.Public, new ClientEquipment(new CallCounter(), new FakeWire(Answer).Transport), TimeProvider.System);

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
    public async Task A_version_that_is_not_there_is_named()
    {
        using var versions = Over("log/9f");
        Assert.Contains($"{Vault}/keys/log/9f", (await Assert.ThrowsAsync<SigningException>(async () => await versions.AllAsync(fresh: false, default))).Message, StringComparison.Ordinal);
    }
}
