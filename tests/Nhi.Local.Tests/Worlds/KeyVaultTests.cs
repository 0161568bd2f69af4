using System.Text.Json.Nodes;
using Azure;
using Azure.Security.KeyVault.Secrets;
using Nhi.Local.Wire;

namespace Nhi.Local.Tests.Worlds;

[Collection<WorldCollection>]
public sealed class KeyVaultTests(WorldFixture fixture)
{
    private SecretClient People => fixture.Vault("kv1", fixture.World.Identities.Person);

    [Fact]
    public async Task A_secret_comes_back_under_any_spelling_of_its_name_with_attributes_and_tags()
    {
        var expires = fixture.World.Clock.GetUtcNow().AddDays(90);
        var secret = new KeyVaultSecret("Spelled-Out", "v1") { Properties = { ContentType = "text/plain", ExpiresOn = expires, Tags = { ["nhi-kind"] = "generated" } } };
        await People.SetSecretAsync(secret);

        var read = (await People.GetSecretAsync("sPELLED-oUT")).Value;

        Assert.Equal("v1", read.Value);
        Assert.Equal("Spelled-Out", read.Name);
        Assert.Equal("generated", read.Properties.Tags["nhi-kind"]);
        Assert.Equal("text/plain", read.Properties.ContentType);
        Assert.Equal(expires.ToUnixTimeSeconds(), read.Properties.ExpiresOn!.Value.ToUnixTimeSeconds());
        Assert.True(read.Properties.Enabled);
        Assert.Equal(2026, read.Properties.CreatedOn!.Value.Year);
        Assert.True(read.Properties.CreatedOn < Real.AddDays(1000));
    }

    private static DateTimeOffset Real => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task Versions_made_in_one_second_differ_in_their_whole_second_and_are_listed_in_no_order_of_time()
    {
        for (var i = 0; i < 60; i++) await People.SetSecretAsync("many-versions", $"v{i}");

        var first = await ListAsync();
        var second = await ListAsync();

        Assert.Equal(60, first.Count);
        Assert.Equal(60, first.Select(version => version.CreatedOn).Distinct().Count());
        Assert.All(first, version => Assert.Equal(0, version.CreatedOn!.Value.Millisecond));
        Assert.Equal(first.Select(version => version.Version), second.Select(version => version.Version));
        Assert.NotEqual(first.OrderBy(version => version.CreatedOn).Select(version => version.Version), first.Select(version => version.Version));

        async Task<List<SecretProperties>> ListAsync()
        {
            List<SecretProperties> versions = [];
            var pages = 0;
            await foreach (var page in People.GetPropertiesOfSecretVersionsAsync("many-versions").AsPages())
            {
                pages++;
                Assert.True(page.Values.Count <= 25);
                versions.AddRange(page.Values);
            }

            Assert.Equal(3, pages);
            return versions;
        }
    }

    [Fact]
    public async Task A_disabled_version_is_listed_and_updated_but_its_value_is_refused()
    {
        var made = (await People.SetSecretAsync("to-disable", "v")).Value;
        made.Properties.Enabled = false;
        made.Properties.Tags["why"] = "quarantine";
        await People.UpdateSecretPropertiesAsync(made.Properties);

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => People.GetSecretAsync("to-disable"));

        Assert.Equal(403, refused.Status);
        Assert.Equal("SecretDisabled", Inner(refused));
        await foreach (var version in People.GetPropertiesOfSecretVersionsAsync("to-disable"))
        {
            Assert.False(version.Enabled);
            Assert.Equal("quarantine", version.Tags["why"]);
        }
    }

    [Fact]
    public async Task A_deleted_name_is_taken_until_it_is_recovered_or_purged()
    {
        await People.SetSecretAsync("to-bury", "v1");
        var deletion = await People.StartDeleteSecretAsync("to-bury");
        var early = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync("to-bury", "v2"));
        Assert.Equal("ObjectIsBeingDeleted", Inner(early));
        await deletion.WaitForCompletionAsync(TimeSpan.FromMilliseconds(5), CancellationToken.None);

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync("to-bury", "v2"));
        Assert.Equal(409, refused.Status);
        Assert.Equal("ObjectIsDeletedButRecoverable", Inner(refused));
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => People.GetSecretAsync("to-bury"))).Status);
        Assert.NotNull((await People.GetDeletedSecretAsync("to-bury")).Value.ScheduledPurgeDate);

        await (await People.StartRecoverDeletedSecretAsync("to-bury")).WaitForCompletionAsync(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        Assert.Equal("v1", (await People.GetSecretAsync("to-bury")).Value.Value);

        await (await People.StartDeleteSecretAsync("to-bury")).WaitForCompletionAsync(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        await People.PurgeDeletedSecretAsync("to-bury");
        Assert.Equal("v3", (await People.SetSecretAsync("to-bury", "v3")).Value.Value);
    }

    [Fact]
    public async Task Limits_are_those_of_the_service()
    {
        var tooBig = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync("limits", new string('x', (25 * 1024) + 1)));
        var secret = new KeyVaultSecret("limits", "v");
        for (var i = 0; i < 16; i++) secret.Properties.Tags[$"t{i}"] = "x";
        var tooManyTags = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync(secret));
        var badName = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync("under_score", "v"));

        Assert.All([tooBig, tooManyTags, badName], refused => Assert.Equal(400, refused.Status));
    }

    [Fact]
    public async Task The_watcher_lists_and_is_refused_every_value()
    {
        await People.SetSecretAsync("watched", "v");
        var watcher = fixture.Vault("kv1", fixture.World.Identities.Watcher);

        var names = new List<string>();
        await foreach (var secret in watcher.GetPropertiesOfSecretsAsync()) names.Add(secret.Name);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => watcher.GetSecretAsync("watched"));
        var write = await Assert.ThrowsAsync<RequestFailedException>(() => watcher.SetSecretAsync("watched", "w"));

        Assert.Contains("watched", names);
        Assert.Equal((403, 403), (refused.Status, write.Status));
        Assert.Equal("ForbiddenByRbac", Inner(refused));
        Assert.Contains(fixture.World.Audit.All, fact => fact is { Operation: "SecretGet", Caller: "watcher", Status: 403 });
    }

    [Fact]
    public async Task A_rotator_works_in_its_own_environment_only()
    {
        var rotator = fixture.World.Identities.Rotators["prod"];

        await fixture.Vault("kv1", rotator).SetSecretAsync("by-rotator", "v");
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => fixture.Vault("kv2", rotator).SetSecretAsync("by-rotator", "v"));

        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task A_throttled_vault_says_when_to_come_again_and_then_serves()
    {
        fixture.World.Faults.Set("vault:kv1", Fault.Refusing(429, "Throttled", retryAfter: 7) with { Times = 1 });

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => People.SetSecretAsync("throttled", "v"));
        await People.SetSecretAsync("throttled", "v");

        Assert.Equal(429, refused.Status);
        Assert.True(refused.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var after));
        Assert.Equal("7", after);
    }

    private static string? Inner(RequestFailedException refused) =>
        (string?)JsonNode.Parse(refused.GetRawResponse()!.Content)!["error"]!["innererror"]?["code"];
}
