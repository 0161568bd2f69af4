using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;
using Nhi.EndToEnd.Tests.Cli;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Demo.Evidence;
using Nhi.Local.Hosting;
using Nhi.Local.Wire;
using Npgsql;

namespace Nhi.EndToEnd.Tests.Canary;

/// <summary>
/// Known values go through every path of the product, with everything logged that can be, and are found nowhere but at their provider and in Key Vault (I7).
/// </summary>
public sealed class CanaryTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Chosen by people: nothing about them looks like a secret.</summary>
    private const string Chosen = "Kanarienvogel+&<7f3a";
    private const string Elsewhere = "Nachtigall-im-Feld-5c1e";

    /// <summary>What a provider would have made: it looks like one wherever it stands.</summary>
    private const string Shaped = "q7Vd8Q~pX2mZ4kR9tB1nW6yC3uE5aG0hJ8fL.sDv";
    private const string ShapedKey = "u8Jx1Zk4Qm7Rp0Ts3Vw6Ya9Bd2Eg5Hj8Kl1Nn4Pq7Rt0Uv3Wx6Zz9+AStAbCd0Q==";
    private static readonly (string What, string Value)[] Planted = [("what people chose", Chosen), ("a value in the wrong place", Elsewhere), ("a client secret in the wrong place", Shaped), ("an account key in the wrong place", ShapedKey)];

    private readonly List<(string Where, string Text)> _said = [];
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private Dictionary<string, string> _first = [];
    private LocalProduct _product = null!;
    private WorldSecrets _secrets = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(CanaryTests).Assembly.Location,
            ["Logging__LogLevel__Default"] = "Trace",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Trace",
            ["Logging__LogLevel__System"] = "Trace",
            ["Logging__LogLevel__Azure"] = "Trace",
        };
        _product = await LocalProduct.StartAsync(leaseScale: 0.0005, more: settings);
        _secrets = new WorldSecrets(_product.World);
        _product.World.Traffic.Tap = _secrets;
    }

    public async ValueTask DisposeAsync() => await _product.DisposeAsync();

    [Fact]
    public async Task Known_values_are_found_nowhere_but_at_their_provider_and_in_Key_Vault()
    {
        await _product.AddEstateAsync(Chosen);
        PutInTheWrongPlaces();
        _first = LocalProduct.Names.ToDictionary(name => name, Current);
        try
        {
            await RoundAsync(TimeSpan.Zero);
            await HostileEventsAsync();
            await RoundAsync(TimeSpan.FromDays(8));
            await FailingAsync();
            await RotatingAsync();
            await RepairingAsync();
            await PeopleAsync();
            await SlipsOfPeopleAsync();
            await RoundAsync(TimeSpan.FromDays(16));
            await WrongSettingsAsync();
        }
        finally
        {
            // What leaks first may be why the story ended.
            await SearchAsync();
        }

        WasEverywhere(await EvidenceCopy.TakeAsync(_product.World, TestContext.Current.CancellationToken));
    }

    private void PutInTheWrongPlaces()
    {
        var (vault, person) = (_product.World.Vault("kv1"), _product.World.Identities.Person);
        Set("tagged", "generated", ("password", Elsewhere), ("nhi-owner", Shaped), ("connection", $"AccountKey={ShapedKey}"));
        Set("kind", Shaped);
        Set("resource", "storage-account-key", ("nhi-resource", $"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={ShapedKey};EndpointSuffix=core.windows.net"));
        Set("role", "postgres-role", ("nhi-resource", $"postgres://app:{Elsewhere}@127.0.0.1/postgres"));
        Set("application", "entra-app-secret", ("nhi-resource", Shaped));
        Set("environment", "generated", ("nhi-environment", Shaped), ("nhi-length", Shaped), ("nhi-alphabet", Shaped), ("nhi-policy", Shaped));

        void Set(string name, string kind, params (string Name, string Value)[] tags) =>
            vault.SetAs(person, $"wrong-{name}", $"{Chosen}-{name}", null, tags.Append(("nhi-kind", kind)).ToDictionary(tag => tag.Item1, tag => tag.Item2), contentType: null);
    }

    private async Task RoundAsync(TimeSpan move)
    {
        // Every timer twice: rows that are new count as held for a lease, which is shorter than the first round.
        foreach (var step in (TimeSpan[])[move, TimeSpan.FromMinutes(16)])
        {
            await _product.World.Clock.MoveToAsync(_product.World.Clock.GetUtcNow() + step);
            await _product.World.Player.SettleAsync();
        }

        output.WriteLine($"{TimeProvider.System.GetElapsedTime(_begun):mm\\:ss} {_product.World.Clock.GetUtcNow():MM-dd HH:mm}");
    }

    /// <summary>Events that hold values in each of their members, bodies that are none, and requests without a key that fits.</summary>
    private async Task HostileEventsAsync()
    {
        using var http = new HttpClient();
        foreach (var member in (string[])["id", "topic", "subject", "eventType", "eventTime", "data.Id", "data.VaultName", "data.ObjectType", "data.ObjectName", "data.Version", "data.NBF", "data.password", "dataVersion", "other"])
            foreach (var value in (string[])[Chosen, Shaped])
                await PostAsync(http, _product.Host.Webhook, Event(member, value), "Notification");
        await PostAsync(http, _product.Host.Webhook, $"{{\"password\": \"{Chosen}\"", "Notification");
        await PostAsync(http, _product.Host.Webhook, "[{}]", Shaped);
        await PostAsync(http, new Uri($"{_product.Host.WebhookWithoutKey}{Uri.EscapeDataString(Shaped)}"), Event("id", Chosen), "Notification");
        await PostAsync(http, new Uri(_product.Host.Webhook, $"/runtime/webhooks/EventGrid?functionName={Uri.EscapeDataString(Chosen)}&code={Uri.EscapeDataString(Shaped)}"), "[]", "Notification");
        await PostAsync(http, new Uri(_product.Host.Webhook, $"/api/health?code={Uri.EscapeDataString(Shaped)}"), "[]", "Notification");
    }

    private string Event(string member, string value)
    {
        var data = new JsonObject { ["Id"] = "https://kv1.vault.azure.net/secrets/generated-app/0123456789abcdef0123456789abcdef", ["VaultName"] = "kv1", ["ObjectType"] = "Secret", ["ObjectName"] = "generated-app", ["Version"] = "0123456789abcdef0123456789abcdef" };
        var one = new JsonObject
        {
            ["id"] = "1", ["topic"] = _product.World.Vault("kv1").ResourceId, ["subject"] = "generated-app", ["eventType"] = "Microsoft.KeyVault.SecretNearExpiry",
            ["eventTime"] = _product.World.Clock.GetUtcNow().ToString("O"), ["data"] = data, ["dataVersion"] = "1",
        };
        if (member.StartsWith("data.", StringComparison.Ordinal))
            data[member["data.".Length..]] = value;
        else
            one[member] = value;
        return one.ToJsonString();
    }

    private async Task PostAsync(HttpClient http, Uri address, string body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("aeg-event-type", type);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Shaped);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        _said.Add(($"the answer to {type}", $"{answer.Headers} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}"));
    }

    /// <summary>Everything is due, and every service refuses in turn, with an answer that quotes what was asked.</summary>
    private async Task FailingAsync()
    {
        await _product.World.Clock.MoveToAsync(_product.World.Clock.GetUtcNow().AddDays(54));
        var refusal = Fault.Echoing(400, "BadParameter");
        var outage = Fault.Echoing(500, "InternalError") with { Times = 8 };
        await FailAsync(("graph", Changes(refusal)), ("arm", Changes(refusal)), ("sql", refusal), ("vault:kv1", Changes(refusal)));
        await FailAsync(("graph", outage), ("arm", outage), ("vault:kv1", Changes(outage)), ("vault:kv-nhi-staging", Changes(refusal)));
        await FailAsync(("login", refusal), ("account:contosodata", Fault.Echoing(403, "AuthorizationFailure")), ("vault:kv-nhi-staging", outage), ("topic", refusal));
        await FailAsync(("evidence", Changes(Fault.Echoing(403, "AuthorizationFailure"))), ("vault:kv1", Fault.Echoing(403, "Forbidden") with { Times = 3 }), ("vault:kv-nhi", outage));
        await FailAsync(("state", outage), ("graph", Lost()), ("sql", Fault.Down), ("arm", Lost()));
    }

    /// <summary>No change is answered, and of reads the first dozen, more than any client tries one: after that each third, else clients try again for minutes.</summary>
    private static Fault Lost()
    {
        var reads = 0;
        return Fault.LostAnswer() with { When = request => request.Method != "GET" || (Interlocked.Increment(ref reads) is var read && (read <= 12 || read % 3 == 0)) };
    }

    private static Fault Changes(Fault fault) => fault with { When = request => request.Method is "PUT" or "POST" or "PATCH" or "MERGE" };

    private async Task FailAsync(params (string Service, Fault Fault)[] faults)
    {
        foreach (var (service, fault) in faults)
            _product.World.Faults.Set(service, fault);
        var plan = NhiAsync("plan", "--all");
        await RoundAsync(TimeSpan.FromHours(25));
        await plan;
        _product.World.Faults.ClearAll();
    }

    private async Task RotatingAsync()
    {
        for (var rounds = 0; rounds < 6 && LocalProduct.Names.Any(name => Current(name) == _first[name]); rounds++)
            await RoundAsync(TimeSpan.FromHours(25));
        Assert.DoesNotContain(LocalProduct.Names, name => Current(name) == _first[name]);
    }

    private string Current(string name) => _product.World.Vault("kv1").ReadAs(_product.World.Identities.Person, name)!;

    /// <summary>Somebody breaks what is current, and what is minted first is not accepted for a while.</summary>
    private async Task RepairingAsync()
    {
        var (world, application) = (_product.World, _product.Application);
        world.Tenant.Propagation = TimeSpan.FromMinutes(10);
        foreach (var (keyId, _) in world.Tenant.SecretsOf(application))
            world.Tenant.RemoveSecret(application, keyId);
        foreach (var key in (string[])["key1", "key2"])
            _product.Account.Regenerate(key, world.Clock.GetUtcNow());
        await using (var connection = new NpgsqlConnection(world.Postgres!.ConnectionString()))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand($"alter role app_single password '{Chosen}-by-hand'; alter role app_a password '{Chosen}-by-hand'; alter role app_b password '{Chosen}-by-hand'", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await RoundAsync(TimeSpan.FromHours(25));
        world.Tenant.Propagation = TimeSpan.Zero;
        for (var rounds = 0; rounds < 2; rounds++)
            await RoundAsync(TimeSpan.FromHours(25));
        foreach (var name in LocalProduct.Names)
            Assert.True(await _product.OpensAsync(name, Current(name)), $"{name} does not open");
    }

    private async Task PeopleAsync()
    {
        foreach (var name in LocalProduct.Names.Append("wrong-tagged").Append("wrong-kind").Append("wrong-resource"))
            await NhiAsync("show", name);
        await BothAsync("status");
        await BothAsync("plan", "--all");
        await BothAsync("debts");
        await BothAsync("policy", "explain", "wrong-environment");
        await BothAsync("adopt", "storage-app", "--free", "key1", "--reason", $"it was {Shaped}");
        await BothAsync("adopt", "entra-app", "--handle", Shaped);
        await BothAsync("debts", "hold", "entra-app", "--for", "P1D", "--reason", $"client_secret={Shaped}");
        await BothAsync("debts", "release", "entra-app", "--reason", ShapedKey);
        await BothAsync("pause", "kv1/generated-app", "--reason", $"Password={Elsewhere}");
        await BothAsync("resume", "kv1/generated-app");
        await BothAsync("rollback", "storage-app");
        await BothAsync("rollback", "cutover-app");
        await BothAsync("emergency", "generated-app", "--reason", $"seen in a log: {Current("generated-app")}");
        await BothAsync("emergency", "cutover-app", "--reason", $"somebody wrote {Current("cutover-app")} into a ticket");
        await BothAsync("emergency", "wrong-tagged", "--reason", $"it is {Current("wrong-tagged")}, says the thief", "--by", "ada");
        await BothAsync("emergency", "wrong-kind", "--reason", $"it is {Current("wrong-kind")}, says the thief");
        await NhiAsync("emergency", "pair-app", "--reason", "INC-1");
        await BothAsync("rebuild", "--check");
        var day = _product.World.Clock.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var listed = await NhiAsync("evidence", "ls", "--day", day, "--json");
        foreach (var record in listed.Json.GetProperty("records").EnumerateArray().Take(2))
            await BothAsync("evidence", "show", record.GetProperty("path").GetString()!);
    }

    /// <summary>What people type or paste where it does not belong. Names of secrets and paths of files are names: they are told.</summary>
    private async Task SlipsOfPeopleAsync()
    {
        await NhiAsync("emergency", "pair-app", "--reasn", Elsewhere);
        await NhiAsync(Elsewhere);
        await NhiAsync("emergency", "pair-app", "--reason", "x", Elsewhere);
        await NhiAsync("emergency", Elsewhere, "--help", "--nonsense");
        await NhiAsync("status", $"--password={Elsewhere}");
        await NhiAsync("show", Shaped);
        await NhiAsync("show", "pair-app", "--vault", Elsewhere);
        await NhiAsync("show", "pair-app", "--json", Elsewhere);
        await NhiAsync("emergency", "pair-app", "--reason", "x", "--version", Elsewhere);
        await NhiAsync("evidence", "show", Elsewhere);
        await NhiAsync("evidence", "ls", "--day", Elsewhere);
        await NhiAsync("debts", "hold", "entra-app", "--until", Elsewhere, "--reason", "x");
        await NhiAsync("debts", "hold", "entra-app", "--for", Elsewhere, "--reason", "x");
        await NhiAsync("adopt", "storage-app", "--free", Elsewhere);
    }

    /// <summary>Values in settings: the host does not start, and says why.</summary>
    private async Task WrongSettingsAsync()
    {
        var key = $"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={ShapedKey};EndpointSuffix=core.windows.net";
        foreach (var name in (string[])["Nhi__Storage__State", "Nhi__Vaults__0__Uri", "Nhi__Vaults__0__Environment", "Nhi__Identities__Watcher", "Nhi__LogKey", "Nhi__Policy", "Nhi__Cloud", "Nhi__Operations__LeaseScale", "Nhi__Nonsense", "Nhi__Topic", "Nhi__Clock"])
        {
            var settings = new Dictionary<string, string>(_product.Settings) { [name] = name.EndsWith("State", StringComparison.Ordinal) ? key : $"https://user:{Elsewhere}@x.example/?sig={Shaped}" };
            if (name is not ("Nhi__Storage__State" or "Nhi__Nonsense"))
            {
                var run = await NhiRun.StartAsync(settings, "status");
                _said.Add(($"nhi with {name}", run.Output + run.Errors));
                continue;
            }

            var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await (await ChildHost.StartAsync(settings, line => _said.Add(($"the host with {name}", line)))).DisposeAsync());
            _said.Add(($"the host with {name}", error.ToString()));
        }
    }

    private async Task BothAsync(params IReadOnlyList<string> arguments)
    {
        await NhiAsync(arguments);
        await NhiAsync([.. arguments, "--json"]);
    }

    private async Task<NhiRun> NhiAsync(params IReadOnlyList<string> arguments)
    {
        var run = await _product.Nhi(Serving.Listening).RunAsync(arguments);
        _said.Add(($"nhi {arguments[0]} {arguments.ElementAtOrDefault(1)}, output", run.Output));
        _said.Add(($"nhi {arguments[0]} {arguments.ElementAtOrDefault(1)}, errors", run.Errors));
        return run;
    }

    /// <summary>The story went where it should: else nothing was looked for.</summary>
    /// <summary>The story was where secrets could have been left. A rollback is asked for and refused here, which leaves no record: EstateCommandTests has one that goes well.</summary>
    private void WasEverywhere(EvidenceCopy evidence)
    {
        var lines = _product.Lines;
        Assert.All((string[])["rotate", "govern", "repair", "revoke", "emergency", "adopt", "pause", "resume"], verb => Assert.Contains(evidence.Records, record => record.Name.Verb == verb));
        Assert.Contains(evidence.Records, record => record.Action == "event.refuse");
        Assert.All((string[])["RETRY", "BLOCKED", "reconciled", "ok"], result => Assert.True(evidence.Records.Any(record => record.Result == result), result));
        Assert.All(LocalProduct.Names, name => Assert.True(evidence.Done("rotate").Any(record => record.Credential!.EndsWith($"/{name}", StringComparison.Ordinal)), name));
        Assert.All((string[])["Azure-Core Request ", "Azure-Core ErrorResponse ", "Azure-Identity ", "System.Net.Http "], name => Assert.True(lines.Any(line => line.StartsWith(StartupHook.EventMark + name, StringComparison.Ordinal)), name));
        Assert.True(lines.Any(line => line.StartsWith(StartupHook.ThrownMark, StringComparison.Ordinal)), "no exception was listened to");
        Assert.True(lines.Any(line => line.StartsWith("trce: ", StringComparison.Ordinal) || line.StartsWith("dbug: ", StringComparison.Ordinal)), "nothing was logged at the lowest level");
        Assert.True(lines.Any(line => line.Contains("The function SweepDue threw", StringComparison.Ordinal)), "no sweep threw");
        Assert.NotEmpty(_product.World.Topic.Received);
    }

    private async Task SearchAsync()
    {
        var keys = HttpUtility.ParseQueryString(_product.Host.Webhook.Query)["code"]!;
        var search = _secrets.ToSearch([.. Planted, ("the webhook's key", keys), ("the identity endpoint's key", _product.Settings["IDENTITY_HEADER"])]);
        var texts = _said
            .Concat(_product.Lines.Select((line, i) => ($"the host's log, line {i}, {line[..Math.Min(line.Length, 60)].Split('|')[0]}", line)))
            .Concat(await Leavings.OfAsync(_product.World, TestContext.Current.CancellationToken)).ToList();
        var leaks = texts.SelectMany(one => search.In(one.Item2).Select(leak => $"{one.Item1}: {leak}")).ToList();
        output.WriteLine($"{search.Count} values in {texts.Count} texts of {texts.Sum(one => (long)one.Item2.Length):N0} characters");
        Assert.True(leaks.Count == 0, $"{leaks.Count} leaks\n{string.Join('\n', leaks.Take(60))}");
    }
}
