using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Azure.Core;
using Nhi.Local.Emulators;

namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class KeySigningTests(WorldFixture fixture)
{
    private const string Key = "https://kv-nhi.vault.azure.net/keys/log";

    [Fact]
    public async Task A_signature_of_the_logs_key_verifies_with_its_public_part()
    {
        using var client = await ClientAsync(fixture.World.Identities.Sequencer);
        var digest = SHA256.HashData("checkpoint"u8);

        var bundle = JsonNode.Parse(await client.GetStringAsync($"{Key}?api-version=7.4"))!["key"]!;
        using var response = await client.PostAsJsonAsync($"{(string)bundle["kid"]!}/sign?api-version=7.4", new { alg = "ES256", value = Base64Url.EncodeToString(digest) });
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)bundle["x"]!), Y = Base64Url.DecodeFromChars((string)bundle["y"]!) },
        });
        var signature = Base64Url.DecodeFromChars((string)answer["value"]!);
        Assert.Equal(64, signature.Length);
        Assert.True(key.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        Assert.False(key.VerifyHash(SHA256.HashData("another"u8), signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public async Task A_rotator_may_not_sign_and_a_stranger_is_challenged()
    {
        using var rotator = await ClientAsync(fixture.World.Identities.Rotators["prod"]);
        using var stranger = new HttpClient(fixture.World.CreateHandler());

        using var refused = await rotator.PostAsJsonAsync($"{Key}/sign?api-version=7.4", new { alg = "ES256", value = Base64Url.EncodeToString(new byte[32]) });
        using var challenged = await stranger.GetAsync($"{Key}?api-version=7.4");

        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal(401, (int)challenged.StatusCode);
        Assert.Contains("resource=\"https://vault.azure.net\"", challenged.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    private async Task<HttpClient> ClientAsync(WorldIdentity identity)
    {
        var token = await fixture.World.CredentialOf(identity).GetTokenAsync(new TokenRequestContext(["https://vault.azure.net/.default"]), CancellationToken.None);
        var client = new HttpClient(fixture.World.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
        return client;
    }
}
