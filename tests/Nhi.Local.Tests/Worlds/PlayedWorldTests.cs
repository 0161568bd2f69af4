using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Blobs;
using Nhi.Local.Clock;
using Nhi.Local.Delivery;
using Nhi.Local.Parts;
using Nhi.Local.Tests.Delivery;

namespace Nhi.Local.Tests.Worlds;

/// <summary>Worlds of their own: their clocks move, or they end and begin again.</summary>
public sealed class PlayedWorldTests
{
    private const string Prefix = "Microsoft.KeyVault.Secret";

    [Fact]
    public async Task The_events_of_a_secrets_life_come_at_their_governance_times()
    {
        await using var world = await World.StartAsync(new WorldOptions { Postgres = false });
        await using var webhook = await Webhook.StartAsync();
        await world.Delivery.SubscribeAsync(new Subscription { Name = "nhi", Endpoint = webhook.Endpoint });
        // Expiries have whole seconds.
        var start = DateTimeOffset.FromUnixTimeSeconds(world.Clock.GetUtcNow().ToUnixTimeSeconds());
        world.Vault("kv1").SetAs(world.Identities.Person, "long", "v", start.AddDays(90));
        world.Vault("kv1").SetAs(world.Identities.Person, "short", "v", start.AddDays(10));
        world.Vault("kv1").SetAs(world.Identities.Person, "superseded", "v1", start.AddDays(40));
        world.Vault("kv1").SetAs(world.Identities.Person, "superseded", "v2");

        await world.Player.AdvanceToAsync(start.AddDays(100));

        var events = webhook.Received.Select(one => (
            Name: (string)one.Body["subject"]!,
            Type: ((string)one.Body["type"]!)[Prefix.Length..],
            After: DateTimeOffset.Parse((string)one.Body["time"]!, null) - start)).ToList();
        Assert.Equal(4, events.Count(one => one.Type == "NewVersionCreated"));
        (string, string)[] expected = [("short", "NearExpiry"), ("short", "Expired"), ("long", "NearExpiry"), ("long", "Expired")];
        var expiries = events.Where(one => one.Type != "NewVersionCreated").ToList();
        Assert.Equal(expected, expiries.Select(one => (one.Name, one.Type)));
        Assert.InRange(expiries[0].After, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5));
        Assert.InRange(expiries[1].After, TimeSpan.FromDays(10), TimeSpan.FromDays(10.01));
        Assert.InRange(expiries[2].After, TimeSpan.FromDays(60), TimeSpan.FromDays(60.01));
        Assert.InRange(expiries[3].After, TimeSpan.FromDays(90), TimeSpan.FromDays(90.01));
        Assert.True(world.Delivery.IsIdle);
    }

    [Fact]
    public async Task An_event_that_is_refused_lies_in_the_dead_letter_container()
    {
        await using var world = await World.StartAsync(new WorldOptions { Postgres = false });
        await using var webhook = await Webhook.StartAsync();
        await world.Delivery.SubscribeAsync(new Subscription { Name = "nhi", Endpoint = webhook.Endpoint });
        webhook.Answer = _ => 403;
        world.Vault("kv1").SetAs(world.Identities.Person, "a", "v");
        await world.Player.SettleAsync();

        var container = new BlobContainerClient(
            new Uri(Azurite.BlobEndpoint("nhihost"), "deadletters"), world.Azurite.Credential, new BlobClientOptions { Transport = world.Azurite.Transport });
        List<string> names = [];
        await foreach (var blob in container.GetBlobsAsync()) names.Add(blob.Name);
        Assert.StartsWith("NHI/2026/3/2/8/", Assert.Single(names), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_estate_goes_on_with_its_secrets_keys_applications_and_time()
    {
        var folder = Directory.CreateTempSubdirectory("nhi-estate-").FullName;
        try
        {
            var options = new WorldOptions { EstateFolder = folder, Postgres = false };
            string key, secret;
            await using (var first = await World.StartAsync(options))
            {
                first.Vault("kv1").SetAs(first.Identities.Person, "kept", "v1");
                first.Vault("kv1").SetAs(first.Identities.Person, "buried", "v1");
                first.Vault("kv1").DeleteAs(first.Identities.Person, "buried");
                key = first.AddStorageAccount("keptdata").Key("key1");
                secret = first.Tenant.AddSecret(first.Tenant.Add("kept", first.Identities.Person), "s").Secret;
                await first.Clock.MoveToAsync(WorldClock.FreshStart.AddDays(3));
            }

            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "world.json")));
            await using var second = await World.StartAsync(options);
            var client = new SecretClient(
                new Uri("https://kv1.vault.azure.net"), second.CredentialOf(second.Identities.Person), new SecretClientOptions { Transport = second.CreateTransport() });

            Assert.Equal("v1", (await client.GetSecretAsync("kept")).Value.Value);
            Assert.Equal("buried", (await client.GetDeletedSecretAsync("buried")).Value.Name);
            Assert.Equal(key, second.Arm.Find("keptdata")!.Key("key1"));
            Assert.True(second.Tenant.Accepts(second.Tenant.Add("kept"), secret));
            Assert.True(second.Clock.GetUtcNow() >= WorldClock.FreshStart.AddDays(3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
