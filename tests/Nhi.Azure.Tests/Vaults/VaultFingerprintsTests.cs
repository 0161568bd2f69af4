using System.Security.Cryptography;
using System.Text;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Vaults;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;

namespace Nhi.Azure.Tests.Vaults;

public sealed class VaultFingerprintsTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private static VaultRig Rig(string key) => new(_ => FakeWire.Json(200, VaultRig.Secret(new('1', 32), name: VaultFingerprints.KeyName, value: key)));

    [Fact]
    public async Task A_fingerprint_is_the_hmac_under_the_products_key_read_once()
    {
        var rig = Rig(Convert.ToBase64String(Key));
        using var fingerprints = new VaultFingerprints(rig.Clients, rig.Settings);

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await fingerprints.OfAsync(new SecretMaterial("value"), default))));

        var expected = CrockfordBase32.Encode(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes("value")), 26);
        Assert.All(all, fingerprint => Assert.Equal(expected, fingerprint));
        Assert.NotEqual(expected, await fingerprints.OfAsync(new SecretMaterial("value2"), default));
        Assert.Equal("kv-nhi.vault.azure.net", Assert.Single(rig.Wire.Requests).Uri.Host);
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("c2hvcnQ=")]
    public async Task A_key_that_is_none_is_refused_with_a_remedy_and_not_shown(string key)
    {
        var rig = Rig(key);
        using var fingerprints = new VaultFingerprints(rig.Clients, rig.Settings);

        var error = await Assert.ThrowsAsync<ExternalCallException>(async () => await fingerprints.OfAsync(new SecretMaterial("value"), default));

        Assert.Contains("openssl rand -base64 32", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
        Assert.False(error.Transient);
    }

    [Fact]
    public async Task A_missing_key_is_named_and_asked_for_again_next_time()
    {
        var asked = 0;
        var rig = new VaultRig(_ => ++asked == 1 ? FakeWire.Error(404, "SecretNotFound", "no") : FakeWire.Json(200, VaultRig.Secret(new('1', 32), name: VaultFingerprints.KeyName, value: Convert.ToBase64String(Key))));
        using var fingerprints = new VaultFingerprints(rig.Clients, rig.Settings);

        var error = await Assert.ThrowsAsync<ExternalCallException>(async () => await fingerprints.OfAsync(new SecretMaterial("value"), default));

        Assert.Contains("kv-nhi.vault.azure.net holds no secret 'nhi-fingerprint-key'", error.Message, StringComparison.Ordinal);
        Assert.Equal(26, (await fingerprints.OfAsync(new SecretMaterial("value"), default)).Length);
    }
}
