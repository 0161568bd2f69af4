using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Nhi.Local.Delivery;
using Nhi.Local.Demo.Checks;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Emulators;

namespace Nhi.Local.Demo.Story;

/// <summary>Near-expiry events come twice, late and out of order, one never, and among them forged ones: state decides, and each secret is rotated once. Somebody goes past the product altogether.</summary>
internal sealed class EventsThatLie : IChapter
{
    /// <summary>Forged events that get past the key and are counted in evidence as not believed.</summary>
    public const int Disbelieved = 5;

    /// <summary>Whose event gets lost.</summary>
    private const string Unheard = "build-agent";

    public string Title => "Events come twice, late, out of order, and some are forged";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        await stage.LeapToAsync(stage.Start.AddDays(10).AddHours(-2), ct);
        await ForgeAsync(stage, ct);
        ByHand(stage);
        // So that its event is not among those that are counted below.
        await stage.World.Player.SettleAsync(ct);

        var due = DemoEstate.All.Where(credential => credential.Life == 40).Select(credential => credential.Name).ToList();
        stage.World.Delivery.Misbehaviour = new Misbehaviour { Seed = 7, Duplicates = 1, Delays = 0.6, LongestDelay = TimeSpan.FromMinutes(25), Loses = one => one.Subject == Unheard && one.Type.EndsWith("NearExpiry", StringComparison.Ordinal) };
        var (delivered, raised) = (stage.World.Delivery.Delivered, Raised(stage));
        stage.Narrator.Event($"{due.Count} secrets have 30 days to live. Event Grid delivers each event twice, most of them late and in no order; that of '{Unheard}' gets lost on the way.");
        await stage.LeapToAsync(stage.Start.AddDays(10).AddMinutes(5), ct);
        var all = await stage.LeapUntilAsync(() => due.TrueForAll(name => VaultView.Read(stage.World, name).Versions.Count > 1), TimeSpan.FromMinutes(31), 12, ct);
        stage.World.Delivery.Misbehaviour = Misbehaviour.None;
        await stage.LeapUntilAsync(() => stage.World.Delivery.Waiting == 0, TimeSpan.FromMinutes(31), 10, ct);
        stage.Duplicates = stage.World.Delivery.Delivered - delivered - (Raised(stage) - raised - stage.World.Delivery.Lost);

        stage.Narrator.Event($"{due.Count} secrets were rotated: a new value was made at the provider, tried there, published, and tried again.");
        var secrets = VaultView.Read(stage.World).Where(secret => due.Contains(secret.Credential.Name)).ToList();
        stage.Claims.That($"each of the {due.Count} secrets has exactly one new version, made by the product", all && secrets.TrueForAll(secret => secret.Versions.Count == 2 && secret.Current.IsOurs));
        stage.Claims.That($"'{Unheard}', of which no event told, was found by the timer and is among them", stage.World.Delivery.Lost == 1 && VaultView.Read(stage.World, Unheard).Current.IsOurs, $"{stage.World.Delivery.Lost} events were lost");
        stage.Claims.That("each of their Entra applications has exactly one new secret", secrets.Where(secret => secret.Credential.Opens == Opens.EntraApplication)
            .All(secret => stage.World.Tenant.SecretsOf(stage.World.Tenant.Add(secret.Credential.Target)).Count == 2));
        stage.Claims.That($"{stage.Duplicates} duplicate deliveries changed nothing", stage.Duplicates > 0);
        stage.Claims.That($"'{DemoEstate.Unlucky}', for which an event was forged with the right key, was looked at and left alone", VaultView.Read(stage.World, DemoEstate.Unlucky).Versions.Count == 1);
        stage.Claims.That("nobody was refused anywhere", stage.Consumers.Failures == 0, stage.Consumers.Trouble);
    }

    /// <summary>What an honest person in a hurry does, and a thief with his badge.</summary>
    private static void ByHand(Stage stage)
    {
        var (credential, person) = (DemoEstate.Of(DemoEstate.Newcomer), stage.World.Identities.Person);
        var (key, secret) = stage.World.Tenant.AddSecretAs(person, stage.World.Tenant.Add(credential.Target), "made by hand");
        var version = stage.World.Vault(credential.Vault).SetAs(person, credential.Name, secret, tags: stage.Seeder.TagsOf(credential));
        stage.ByHand = new HandMade(version, key, person.ObjectId);
        stage.Narrator.Event($"Somebody renews '{credential.Name}' past the product: makes a client secret at Entra and sets it in the vault, as himself. It is tried and taken over like any other; who did it is told.");
    }

    /// <summary>Events that the vaults raised, by the platform's own log.</summary>
    private static int Raised(Stage stage) => stage.World.Audit.All.Count(fact =>
        DemoEstate.Vaults.Any(vault => vault.Name == fact.Resource) && fact.Status == 200 && (fact.Operation == "SecretSet" || fact.Operation.EndsWith("EventGridNotification", StringComparison.Ordinal)));

    private static async Task ForgeAsync(Stage stage, CancellationToken ct)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var vault = stage.World.Vault(DemoEstate.Payments);
        var real = Event(stage, vault.ResourceId, DemoEstate.Payments, DemoEstate.Unlucky);
        var keyless = await PostAsync(client, stage.Host!.WebhookWithoutKey, real, ct);
        var garbage = await PostAsync(client, stage.Host.Webhook, "near expiry!!!", ct);
        string[] liars =
        [
            Event(stage, vault.ResourceId.Replace(DemoEstate.Payments, "kv-elsewhere", StringComparison.Ordinal), "kv-elsewhere", DemoEstate.Unlucky),
            Event(stage, vault.ResourceId.Replace("Microsoft.KeyVault/vaults", "Microsoft.Storage/storageAccounts", StringComparison.Ordinal), DemoEstate.Payments, DemoEstate.Unlucky),
            Event(stage, stage.World.Vault(DemoEstate.Platform).ResourceId, DemoEstate.Payments, DemoEstate.Unlucky),
            "[{}]",
            Event(stage, vault.ResourceId, DemoEstate.Payments, DemoEstate.Unlucky, stage.Now.AddYears(5)),
            real,
        ];
        var answers = new List<int>();
        foreach (var liar in liars) answers.Add(await PostAsync(client, stage.Host.Webhook, liar, ct));
        stage.Forged["door"] = (keyless == 401 ? 1 : 0) + (garbage == 400 ? 1 : 0);
        stage.Narrator.Event("Somebody posts forged near-expiry events to the webhook: without the key, of another vault, from another source, contradicting itself, empty, from the future, and a plausible one.");
        stage.Claims.That("without the key: 401; what is no JSON: 400; the others are swallowed", keyless == 401 && garbage == 400 && answers.TrueForAll(answer => answer == 202), $"answers {keyless}, {garbage}, {string.Join(", ", answers)}");
    }

    private static async Task<int> PostAsync(HttpClient client, Uri webhook, string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Add("aeg-event-type", "Notification");
        using var answer = await client.SendAsync(request, ct);
        return (int)answer.StatusCode;
    }

    private static string Event(Stage stage, string topic, string vault, string name, DateTimeOffset? time = null) => new JsonArray(new JsonObject
    {
        ["id"] = WorldNames.NewId(),
        ["topic"] = topic,
        ["subject"] = name,
        ["eventType"] = "Microsoft.KeyVault.SecretNearExpiry",
        ["eventTime"] = (time ?? stage.Now).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["dataVersion"] = "1",
        ["data"] = new JsonObject
        {
            ["Id"] = $"https://{vault}.vault.azure.net/secrets/{name}/00000000000000000000000000000000", ["VaultName"] = vault, ["ObjectType"] = "Secret", ["ObjectName"] = name,
            ["Version"] = "00000000000000000000000000000000", ["EXP"] = stage.Now.ToUnixTimeSeconds(),
        },
    }).ToJsonString();
}
