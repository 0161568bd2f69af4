using System.Text.Json;
using Nhi.Azure.Tests.Pipeline;
using Nhi.Azure.Vaults;
using Nhi.Governance.Credentials;
using static Nhi.Azure.Tests.Vaults.VaultRig;

namespace Nhi.Azure.Tests.Vaults;

public sealed class StagingVaultTests
{
    private const string R = "0123456789abcdefghjkmnpqrs";

    private static StagingVault Of(VaultRig rig) => new(rig.Clients, rig.Settings, rig.Clock);

    [Fact]
    public async Task A_value_is_staged_under_its_rotation_by_the_staging_identity_and_expires_soon()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(new('1', 32), name: $"nhi-{R}", value: "x")));
        var before = rig.Clock.GetUtcNow();

        await Of(rig).StageAsync(R, Id, new SecretMaterial("staged-value"), default);

        var sent = Assert.Single(rig.Wire.Requests);
        Assert.Equal(("PUT", "kv-staging.vault.azure.net", $"/secrets/nhi-{R}"), (sent.Method, sent.Uri.Host, sent.Uri.AbsolutePath));
        Assert.Equal($"Bearer {StagingId}", sent.Headers["Authorization"]);
        using var body = JsonDocument.Parse(sent.Body);
        Assert.Equal("staged-value", body.RootElement.GetProperty("value").GetString());
        Assert.Equal(Id.ToString(), body.RootElement.GetProperty("tags").GetProperty(StagingVault.CredentialTag).GetString());
        var expires = DateTimeOffset.FromUnixTimeSeconds(body.RootElement.GetProperty("attributes").GetProperty("exp").GetInt64());
        Assert.InRange(expires, before + StagingVault.Lifetime - TimeSpan.FromSeconds(1), before + StagingVault.Lifetime + TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(404, "SecretNotFound", null)]
    [InlineData(403, "Forbidden", "SecretDisabled")]
    public async Task What_was_never_staged_or_was_put_away_is_not_there(int status, string code, string? inner) =>
        Assert.Null(await Of(new VaultRig(_ => FakeWire.Error(status, code, "no", inner))).ReadAsync(R, default));

    [Fact]
    public async Task A_staged_value_that_may_not_be_read_is_an_error_and_not_absent()
    {
        var error = await Assert.ThrowsAsync<ExternalCallException>(() => Of(new VaultRig(_ => FakeWire.Error(403, "Forbidden", "no", "ForbiddenByRbac"))).ReadAsync(R, default));

        Assert.Equal("ForbiddenByRbac", error.Code);
    }

    [Fact]
    public async Task Putting_away_disables_every_version_that_is_enabled()
    {
        var rig = new VaultRig(sent => sent.Method == "GET"
            ? FakeWire.Json(200, $$"""{"value":[{{Secret(new('1', 32), name: $"nhi-{R}")}},{{Secret(new('2', 32), name: $"nhi-{R}", enabled: false)}},{{Secret(new('3', 32), name: $"nhi-{R}")}}]}""")
            : FakeWire.Json(200, Secret(new('1', 32), name: $"nhi-{R}", enabled: false)));

        await Of(rig).PutAwayAsync(R, only: null, default);

        var updates = rig.Wire.Requests.Where(sent => sent.Method == "PATCH").ToList();
        Assert.Equal([new('1', 32), new string('3', 32)], updates.Select(sent => sent.Uri.Segments[^1]));
        Assert.All(updates, sent => Assert.Contains("\"enabled\":false", sent.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Putting_away_what_was_staged_once_takes_one_call_that_leaves_its_tags_and_end_alone()
    {
        var rig = new VaultRig(_ => FakeWire.Json(200, Secret(new('1', 32), name: $"nhi-{R}", enabled: false)));

        var version = await Of(rig).StageAsync(R, Id, new SecretMaterial("staged-value"), default);
        await Of(rig).PutAwayAsync(R, version, default);

        Assert.Equal(["PUT", "PATCH"], rig.Wire.Requests.Where(sent => sent.Body.Length > 0).Select(sent => sent.Method));
        var update = rig.Wire.Requests.Last();
        Assert.EndsWith($"/secrets/nhi-{R}/{version}", update.Uri.AbsolutePath, StringComparison.Ordinal);
        Assert.Equal("{\"attributes\":{\"enabled\":false}}", update.Body);
    }

    [Fact]
    public async Task Nothing_to_put_away_is_fine() => await Of(new VaultRig(_ => FakeWire.Error(404, "SecretNotFound", "no"))).PutAwayAsync(R, only: null, default);

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("0123456789ABCDEFGHJKMNPQRS")]
    public async Task Only_a_rotation_id_names_a_staged_value(string rotation) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Of(new VaultRig(_ => throw new InvalidOperationException("asked"))).ReadAsync(rotation, default));
}
