using System.Text.Json;
using Azure.Data.Tables;
using Nhi.Azure.Tables;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>Every command that asks the estate, in both forms, against the local world over HTTPS, beside the product at work.</summary>
public sealed class EstateCommandTests(ITestOutputHelper output)
{
    private LocalProduct _product = null!;

    [Fact]
    public async Task People_look_act_and_rebuild_while_the_product_works_beside_them()
    {
        await using var product = _product = await LocalProduct.StartAsync();
        try
        {
            await product.AddEstateAsync();
            await TickAsync(0);
            await LooksAsync();
            await PausesAsync();
            await NamesAsync();
            await OwnersAsync();
            await UsersAsync();
            await TickAsync(61);
            await NamesOwnersAsync();
            await HoldsAsync();
            await RollsBackAsync();
            await EmergencyAsync();
            await AuditsAsync();
            await ProducersRotateAsync();
            await RebuildsAsync();
            await HostileAsync();
        }
        catch
        {
            output.WriteLine(product.Log);
            throw;
        }
    }

    private Task<NhiRun> NhiAsync(params IReadOnlyList<string> arguments) => _product.Nhi().RunAsync(arguments);

    /// <summary>The command in both forms; the JSON comes back.</summary>
    private async Task<JsonElement> BothAsync(int exit, params IReadOnlyList<string> arguments)
    {
        var plain = (await NhiAsync(arguments)).Exits(exit);
        Assert.NotEmpty(plain.Output);
        Assert.DoesNotContain('\u001b', plain.Output);
        return (await NhiAsync([.. arguments, "--json"])).Exits(exit).Json;
    }

    private async Task TickAsync(int days)
    {
        if (days > 0)
            await _product.World.Clock.MoveToAsync(_product.World.Clock.GetUtcNow().AddDays(days));
        for (var i = 0; i < 3; i++)
        {
            await _product.World.Player.SettleAsync();
            await _product.RowsAreFreeAsync();
            foreach (var function in (string[])["ReconcileOperations", "SweepDue", "SequenceEvidence"])
                await _product.Host.RunAsync(function);
        }

        await _product.EventsAreThroughAsync();
    }

    private async Task LooksAsync()
    {
        var status = await BothAsync(0, "status");
        Assert.True(status.GetProperty("ready").GetBoolean());
        Assert.Equal(5, status.GetProperty("credentials").GetArrayLength());
        Assert.Equal(5, (await BothAsync(0, "plan", "--all")).GetProperty("credentials").GetArrayLength());
        await PlansByListsAloneAsync();
        await InventoryAsync();
        Assert.Equal("kv:kv1.vault.azure.net/entra-app", (await BothAsync(0, "plan", "entra-app")).GetProperty("credentials")[0].GetProperty("credential").GetString());
        var shown = await BothAsync(0, "show", "kv1/entra-app");
        Assert.Equal("Multi", shown.GetProperty("overlap").GetString());
        Assert.NotNull(shown.GetProperty("versions")[0].GetProperty("handle").GetString());
        Assert.Equal("everything", (await BothAsync(0, "policy", "explain", "entra-app", "--vault", "kv1")).GetProperty("rule").GetString());
        await ChecksPoliciesAsync();
        Assert.Equal(JsonValueKind.Array, (await BothAsync(0, "debts")).GetProperty("debts").ValueKind);
        var day = _product.World.Clock.GetUtcNow().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var path = (await BothAsync(0, "evidence", "ls", "--day", day)).GetProperty("records")[0].GetProperty("path").GetString()!;
        var hour = _product.World.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH", System.Globalization.CultureInfo.InvariantCulture);
        Assert.StartsWith($"records/{hour.Replace('-', '/').Replace('T', '/')}/", (await NhiAsync("evidence", "ls", "--hour", hour)).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains((await BothAsync(0, "evidence", "ls", "--credential", "kv1/entra-app")).GetProperty("records").EnumerateArray(), record => record.GetProperty("action").GetString() == "credential.govern");
        Assert.True((await BothAsync(0, "evidence", "show", path)).GetProperty("authentic").GetBoolean());
    }

    /// <summary>With settings at hand a policy is held against what the product itself lives on, before it is loaded.</summary>
    private async Task ChecksPoliciesAsync()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"version: 1\nrules:\n  - name: mine\n    match: {{ vault: {new Uri(_product.World.Settings["Nhi__ProductVault"]).Host} }}\n", TestContext.Current.CancellationToken);
            var answer = await BothAsync(1, "policy", "check", file);
            Assert.True(answer.GetProperty("ownLookedFor").GetBoolean());
            Assert.Contains("the product's own vault", answer.GetProperty("faults")[0].GetProperty("what").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The first week: whoever asks may list, and nothing else.</summary>
    private async Task PlansByListsAloneAsync()
    {
        var watcher = _product.World.Identities.Watcher.ClientId;
        var settings = _product.Settings.ToDictionary(setting => setting.Key, setting => setting.Key.StartsWith("Nhi__Identities__Rotators__", StringComparison.Ordinal) ? watcher : setting.Value);
        var plan = (await NhiRun.StartAsync(settings, "plan", "--all", "--json")).Exits(0).Json;
        Assert.Equal(0, plan.GetProperty("failures").GetArrayLength());
        Assert.Equal(5, plan.GetProperty("credentials").GetArrayLength());
        Assert.Contains(plan.GetProperty("credentials").EnumerateArray(), credential => credential.GetProperty("notLooked").GetString()?.Contains("403", StringComparison.Ordinal) == true);
    }

    private async Task InventoryAsync()
    {
        Assert.Equal("No sweep has come to it yet.", (await BothAsync(1, "vaults")).GetProperty("vaults")[0].GetProperty("why").GetString());
        Assert.Equal(1, (await BothAsync(1, "inventory")).GetProperty("notSeen").GetArrayLength());
        await _product.Host.RunAsync("SweepInventory");

        var inventory = await BothAsync(0, "inventory", "--vault", "kv1");
        Assert.Equal(["entra-app", "generated-app", "pair-app"], inventory.GetProperty("credentials").EnumerateArray().Select(one => one.GetProperty("credential").GetString()!.Split('/')[1]).Where(name => name is "entra-app" or "generated-app" or "pair-app"));
        Assert.Equal((5, 0), (inventory.GetProperty("credentials").GetArrayLength(), inventory.GetProperty("notSeen").GetArrayLength()));
        var entra = Assert.Single((await BothAsync(0, "inventory", "--kind", "entra-app-secret")).GetProperty("credentials").EnumerateArray());
        Assert.Equal((true, false), (entra.GetProperty("enabled").GetBoolean(), entra.GetProperty("managed").GetBoolean()));
        Assert.InRange(entra.GetProperty("versions").GetInt32(), 1, 5);
        Assert.StartsWith("entra:", entra.GetProperty("resource").GetString(), StringComparison.Ordinal);
        var vaults = await BothAsync(0, "vaults");
        var vault = Assert.Single(vaults.GetProperty("vaults").EnumerateArray());
        Assert.Equal((5, false, false), (vault.GetProperty("secrets").GetInt32(), vault.GetProperty("partial").GetBoolean(), vault.GetProperty("discovered").GetBoolean()));
        Assert.Equal(["kv-nhi.vault.azure.net", "kv-nhi-staging.vault.azure.net"], vaults.GetProperty("leftOut").EnumerateArray().Select(one => one.GetProperty("vault").GetString()));
        Assert.Contains("nhi vaults lists them", (await NhiAsync("inventory", "--vault", "nobody")).Exits(2).Errors, StringComparison.Ordinal);
    }

    private async Task PausesAsync()
    {
        var paused = (await NhiAsync("pause", "kv1", "--for", "P200D", "--reason", "INC-7", "--by", "ada", "--json")).Exits(0).Json;
        Assert.Equal(("kv1.vault.azure.net", "ada"), (paused.GetProperty("scope").GetString(), paused.GetProperty("by").GetString()));
        Assert.Contains("paused until", (await NhiAsync("pause", "*", "--reason", "INC-8", "--until", "2026-12-31")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await NhiAsync("status", "--json")).Exits(0).Json.GetProperty("pauses").GetArrayLength());
        Assert.Equal("resumed", (await NhiAsync("resume", "*", "--json")).Exits(0).Json.GetProperty("state").GetString());
        Assert.Contains("resumed", (await NhiAsync("resume", "kv1.vault.azure.net")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("not paused", (await NhiAsync("resume", "*")).Exits(3).Errors, StringComparison.Ordinal);
        (await NhiAsync("pause", "kv1/generated-app", "--reason", "kept for the rebuild", "--by", "ada")).Exits(0);
    }

    private async Task NamesAsync()
    {
        var free = (await NhiAsync("adopt", "storage-app", "--free", "key2", "--by", "ada", "--json")).Exits(0).Json;
        Assert.True(free.GetProperty("free").GetBoolean());
        Assert.Contains("is free while", (await NhiAsync("adopt", free.GetProperty("resource").GetString()!, "--free", "key2")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("carries what it holds", (await NhiAsync("adopt", "storage-app", "--free", "key1")).Exits(3).Errors, StringComparison.Ordinal);
        Assert.Contains("Every version", (await NhiAsync("adopt", "entra-app", "--handle", "nobody")).Exits(3).Errors, StringComparison.Ordinal);
        var version = (await NhiAsync("show", "storage-app", "--json")).Exits(0).Json.GetProperty("versions")[0].GetProperty("version").GetString()!;
        var named = (await NhiAsync("adopt", "storage-app", "--handle", "key1", "--version", version, "--json")).Exits(0).Json;
        Assert.StartsWith("key1:", named.GetProperty("handle").GetString(), StringComparison.Ordinal);
        (await NhiAsync("adopt", "storage-app")).Exits(2);
    }

    private async Task OwnersAsync()
    {
        Assert.Empty((await BothAsync(0, "findings")).GetProperty("findings").EnumerateArray());
        var team = _product.World.Tenant.People.AddGroup("team@contoso.com");
        var assigned = (await NhiAsync("owner", "assign", "generated-app", "team@contoso.com", "--reason", "INC-9", "--by", "ada", "--session", "run-7", "--json")).Exits(0).Json;
        Assert.Equal((team, "assigned", "ada"), (assigned.GetProperty("owner").GetString(), assigned.GetProperty("state").GetString(), assigned.GetProperty("by").GetString()));
        var shown = (await NhiAsync("evidence", "show", assigned.GetProperty("record").GetString()!, "--json")).Exits(0).Json;
        Assert.True(shown.GetProperty("authentic").GetBoolean());
        var asked = shown.GetProperty("record").GetProperty("requestedBy");
        // Whose token it was is known; for whom it asked is what it said.
        var writer = _product.World.Identities.Writer;
        Assert.Equal(("service", writer.ObjectId, writer.ClientId), (asked.GetProperty("type").GetString(), asked.GetProperty("id").GetString(), asked.GetProperty("name").GetString()));
        Assert.Equal("ada", asked.GetProperty("onBehalfOf").GetProperty("name").GetString());
        await _product.Host.RunAsync("SequenceEvidence");
        string[][] byIndex = [["--session", "run-7"], ["--owner", team], ["--action", "owner.assign", "--month", _product.World.Clock.GetUtcNow().ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture)], ["--action", "owner.assign"]];
        foreach (var asks in byIndex)
            Assert.Contains((await NhiAsync(["evidence", "ls", .. asks, "--json"])).Exits(0).Json.GetProperty("records").EnumerateArray(), record => record.GetProperty("path").GetString() == assigned.GetProperty("record").GetString());
        Assert.Contains($"user ada, says service {writer.ClientId} ({writer.ObjectId}), session run-7", (await NhiAsync("trace", shown.GetProperty("record").GetProperty("op").GetString()!, "--json")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("team@contoso.com is confirmed", (await NhiAsync("owner", "confirm", "generated-app", "--by", "bob")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Equal("bob", (await BothAsync(0, "owners", "generated-app")).GetProperty("credentials")[0].GetProperty("confirmedBy").GetString());
        Assert.Equal(5, (await BothAsync(0, "owners")).GetProperty("credentials").GetArrayLength());
        _product.World.Tenant.People.Delete(team);
        // Who left answers for nothing: the next one who is named does.
        Assert.DoesNotContain("team@contoso.com", (await NhiAsync("owner", "confirm", "generated-app", "--by", "carol")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("left", (await NhiAsync("owner", "assign", "entra-app", team)).Exits(3).Errors, StringComparison.Ordinal);
        Assert.Contains("one name", (await NhiAsync("owner", "assign", "entra-app", "a@x.org;b@x.org")).Exits(3).Errors, StringComparison.Ordinal);
        Assert.Contains("no such signal", (await NhiAsync("findings", "--signal", "nope")).Exits(2).Errors, StringComparison.Ordinal);
        (await NhiAsync("findings", "--sort", "nope")).Exits(2);

        var findings = new FindingsTable(new StateTables(_ => _product.Tables));
        Finding Found(string signal, string severity, int score, int day) => new()
        {
            Signal = signal, Subject = "kv:kv1.vault.azure.net/generated-app", Credential = CredentialId.Of("kv1.vault.azure.net", "generated-app"), Severity = severity, Score = score, Facts = ["a fact"], Remedy = "Do it.",
            FirstSeen = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero), Owner = "ada@contoso.com", Record = "records/x.json",
        };
        await findings.WriteAsync(Found(SignalNames.NoExpiry, "info", 30, 1), default);
        (await NhiAsync("findings")).Exits(0);
        await findings.WriteAsync(Found(SignalNames.NoOwner, "warning", 60, 2), default);
        await findings.WriteAsync(Found(SignalNames.Unused, "critical", 90, 3) with { Resolved = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero) }, default);
        var open = await BothAsync(1, "findings");
        Assert.Equal((1, 2), (open.GetProperty("pressing").GetInt32(), open.GetProperty("findings").GetArrayLength()));
        Assert.Equal([SignalNames.NoOwner, SignalNames.NoExpiry], Signals(open));
        Assert.Equal([SignalNames.NoExpiry, SignalNames.NoOwner], Signals((await NhiAsync("findings", "--sort", "age", "--vault", "kv1", "--owner", "ADA@contoso.com", "--json")).Exits(1).Json));
        Assert.Equal([SignalNames.Unused, SignalNames.NoOwner, SignalNames.NoExpiry], Signals((await NhiAsync("findings", "--resolved", "--json")).Exits(1).Json));
        Assert.Equal([SignalNames.NoExpiry], Signals((await NhiAsync("findings", "--severity", "info", "--json")).Exits(0).Json));
        Assert.Equal([SignalNames.NoOwner], Signals((await NhiAsync("findings", "--control", "OWASP-NHI1:2025", "--json")).Exits(1).Json));
        Assert.Contains("OWASP-NHI1:2025", (await NhiAsync("findings", "--control", "OWASP-NHI1")).Exits(2).Errors, StringComparison.Ordinal);
        Assert.Empty(Signals((await NhiAsync("findings", "--signal", "shadow", "--json")).Exits(0).Json));
        Assert.Contains("nhi: No vault", (await NhiAsync("findings", "--vault", "nope")).Exits(2).Errors, StringComparison.Ordinal);
        static IEnumerable<string?> Signals(JsonElement answer) => answer.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("signal").GetString());
    }

    /// <summary>Who reads is told by the vault's own log, and so is what somebody did past the product: a person closes that.</summary>
    private async Task UsersAsync()
    {
        var (vault, person) = (_product.World.Vault("kv1"), _product.World.Identities.Person);
        Assert.Equal(JsonValueKind.Null, (await NhiAsync("users", "entra-app", "--json")).Exits(0).Json.GetProperty("knownFrom").ValueKind);
        // The log's first lines come some minutes late; what changes from the first look on is held against evidence.
        await PassAsync(6);
        await _product.Host.RunAsync("ReconcileReality");
        var current = _product.VersionsOf("entra-app")[^1].Id;
        for (var i = 0; i < 2; i++)
            vault.ReadAs(person, "entra-app");
        vault.EnableAs(person, "storage-app", null, enabled: true);
        await PassAsync(75);
        await _product.Host.RunAsync("ReconcileReality");

        var users = await BothAsync(0, "users", "kv1/entra-app");
        Assert.NotEqual(JsonValueKind.Null, users.GetProperty("knownFrom").ValueKind);
        var user = Assert.Single(users.GetProperty("users").EnumerateArray(), one => one.GetProperty("principal").GetString() == person.ObjectId);
        Assert.Equal((current, 2), (user.GetProperty("version").GetString(), user.GetProperty("reads").GetInt32()));
        (await NhiAsync("users", "nobody")).Exits(2);

        const string Subject = "kv:kv1.vault.azure.net/storage-app";
        string[] closing = ["findings", "resolve", Subject, "--signal", SignalNames.UngovernedChange, "--by", "ada"];
        string[] listing = ["findings", "--signal", SignalNames.UngovernedChange, "--json"];
        // What was set by hand before the first look is nobody's to record.
        var told = Assert.Single((await NhiAsync(listing)).Exits(1).Json.GetProperty("findings").EnumerateArray());
        Assert.Equal(Subject, told.GetProperty("subject").GetString());
        Assert.Equal("payroll", told.GetProperty("owner").GetString());
        Assert.Matches($"^2026-.* SecretUpdate [0-9a-f]{{32}} by {person.ObjectId} .*from 127.0.0.1$", Assert.Single(told.GetProperty("facts").EnumerateArray()).GetString());
        (await NhiAsync(closing)).Exits(3);
        Assert.Contains("A sweep says when", (await NhiAsync("findings", "resolve", "kv:kv1.vault.azure.net/generated-app", "--signal", SignalNames.NoOwner, "--reason", "INC-13")).Exits(3).Errors, StringComparison.Ordinal);
        var closed = (await NhiAsync([.. closing, "--reason", "INC-13", "--json"])).Exits(0).Json;
        Assert.Equal(("ada", "INC-13", Subject), (closed.GetProperty("by").GetString(), closed.GetProperty("reason").GetString(), closed.GetProperty("subject").GetString()));
        Assert.Equal("finding.resolve", (await NhiAsync("evidence", "show", closed.GetProperty("record").GetString()!, "--json")).Exits(0).Json.GetProperty("record").GetProperty("action").GetString());
        Assert.Contains("is open", (await NhiAsync([.. closing, "--reason", "INC-13"])).Exits(3).Errors, StringComparison.Ordinal);
        // What was told once is not told again.
        await _product.Host.RunAsync("ReconcileReality");
        Assert.Empty((await NhiAsync(listing)).Exits(0).Json.GetProperty("findings").EnumerateArray());
    }

    private async Task PassAsync(int minutes)
    {
        await _product.World.Clock.MoveToAsync(_product.World.Clock.GetUtcNow().AddMinutes(minutes));
        await _product.World.Player.SettleAsync();
    }

    /// <summary>The record of a rotation names whom the sweep chose, with how sure that is.</summary>
    private async Task NamesOwnersAsync()
    {
        var records = (await NhiAsync("evidence", "ls", "--credential", "kv1/entra-app", "--json")).Exits(0).Json.GetProperty("records").EnumerateArray();
        var rotated = records.First(record => record.GetProperty("action").GetString() == "credential.rotate").GetProperty("path").GetString()!;
        var owner = (await NhiAsync("evidence", "show", rotated, "--json")).Exits(0).Json.GetProperty("record").GetProperty("owner");
        Assert.Equal(("payroll", OwnerSources.Tag, OwnerSources.Confidence(OwnerSources.Tag)), (owner.GetProperty("id").GetString(), owner.GetProperty("via").GetString(), owner.GetProperty("confidence").GetInt32()));
    }

    private async Task HoldsAsync()
    {
        Assert.Equal("held", (await NhiAsync("debts", "hold", "entra-app", "--for", "P60D", "--reason", "INC-9", "--by", "ada", "--json")).Exits(0).Json.GetProperty("state").GetString());
        Assert.Contains("is released", (await NhiAsync("debts", "release", "entra-app")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("is held until", (await NhiAsync("debts", "hold", "entra-app", "--for", "P60D", "--reason", "kept for the rebuild", "--by", "ada")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("nothing held", (await NhiAsync("debts", "release", "pair-app")).Exits(3).Errors, StringComparison.Ordinal);
        (await NhiAsync("debts", "hold", "entra-app", "--reason", "x")).Exits(2);
    }

    private async Task RollsBackAsync()
    {
        var person = _product.World.Identities.Person;
        var now = _product.World.Vault("kv1").ReadAs(person, "storage-app")!;
        Assert.Equal("ok", (await NhiAsync("rollback", "storage-app", "--by", "ada", "--json")).Exits(0).Json.GetProperty("result").GetString());
        var back = _product.World.Vault("kv1").ReadAs(person, "storage-app")!;
        Assert.NotEqual(now, back);
        Assert.True(await _product.OpensAsync("storage-app", back));
        Assert.Contains("is not rolled back", (await NhiAsync("rollback", "cutover-app")).Exits(3).Errors, StringComparison.Ordinal);
    }

    private async Task EmergencyAsync()
    {
        var person = _product.World.Identities.Person;
        var stolen = _product.World.Vault("kv1").ReadAs(person, "pair-app")!;
        var report = (await NhiAsync("emergency", "pair-app", "--reason", "INC-10", "--by", "ada", "--json")).Exits(0).Json;
        Assert.True(report.GetProperty("ended").GetBoolean());
        Assert.False(await _product.OpensAsync("pair-app", stolen));
        Assert.True(await _product.OpensAsync("pair-app", _product.World.Vault("kv1").ReadAs(person, "pair-app")!));
        var record = (await NhiAsync("evidence", "show", report.GetProperty("record").GetString()!, "--json")).Exits(0).Json.GetProperty("record");
        Assert.Equal("break-glass", record.GetProperty("approval").GetProperty("mode").GetString());
        Assert.Contains("is marked as compromised: ended", (await NhiAsync("emergency", "generated-app", "--reason", "INC-10")).Exits(0).Output, StringComparison.Ordinal);
    }

    private async Task AuditsAsync()
    {
        await _product.EventsAreThroughAsync();
        await _product.Host.RunAsync("SequenceEvidence");
        var folder = Directory.CreateTempSubdirectory("nhi-audit-").FullName;
        try
        {
            var saved = Path.Combine(folder, "checkpoint.txt");
            var verified = await BothAsync(0, "verify", "--save", saved);
            Assert.True(verified.GetProperty("ok").GetBoolean());
            Assert.Equal(2, verified.GetProperty("places").GetArrayLength());
            (await NhiAsync("verify", "--since", saved)).Exits(0);
            (await NhiAsync("verify", "--quick")).Exits(0);

            var current = _product.VersionsOf("pair-app")[^1];
            var traced = await BothAsync(0, "trace", "pair-app");
            Assert.Equal(current.Id, traced.GetProperty("current").GetProperty("version").GetString());
            Assert.NotEmpty(traced.GetProperty("dead").EnumerateArray());
            Assert.Equal(JsonValueKind.Null, (await NhiAsync("trace", "pair-app", "--at", "2026-03-01", "--json")).Exits(0).Json.GetProperty("current").ValueKind);
            var path = traced.GetProperty("records").EnumerateArray().Last().GetProperty("path").GetString()!;
            var op = path[(path.LastIndexOf('_') + 1)..^".json".Length];
            Assert.Contains((await BothAsync(0, "trace", op)).GetProperty("records").EnumerateArray(), record => record.GetProperty("path").GetString() == path);

            var exported = Path.Combine(folder, "export");
            var first = await BothAsync(0, "evidence", "export", exported);
            Assert.All(first.GetProperty("logs").EnumerateArray(), log => Assert.Equal(0, log.GetProperty("fetched").GetInt64()));
            string[] keys = ["--log-key", Path.Combine(exported, "evidence-2026", "keys", "log-1.pub.pem"), "--producers-key", Path.Combine(exported, "evidence-2026", "keys", "producers.pub.pem")];
            await using var alone = new NhiDesk(new Dictionary<string, string>());
            (await alone.RunAsync(["verify", "--folder", exported, .. keys])).Exits(0);
            await ProvesAsync(path, folder, exported, keys, alone);
            await File.AppendAllTextAsync(Path.Combine(exported, "evidence-2026", path.Replace('/', Path.DirectorySeparatorChar)), " ", TestContext.Current.CancellationToken);
            Assert.Equal("RecordAltered", (await alone.RunAsync(["verify", "--record", path, "--json", "--folder", exported, .. keys])).Exits(1).Json.GetProperty("logs")[0].GetProperty("findings")[0].GetProperty("kind").GetString());
            Assert.Contains("RecordAltered", (await alone.RunAsync(["evidence", "prove", path, "--folder", exported, .. keys])).Exits(1).Output, StringComparison.Ordinal);
            var altered = (await alone.RunAsync(["verify", "--json", "--folder", exported, "--save", Path.Combine(folder, "end.txt"), .. keys])).Exits(1).Json;
            // Where the log ends holds all the same, and is worth keeping.
            Assert.True(File.Exists(Path.Combine(folder, "end.txt")));
            Assert.Contains(altered.GetProperty("places")[0].GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("kind").GetString() == "RecordAltered" && finding.GetProperty("path").GetString() == path);
            (await alone.RunAsync(["verify", "--folder", Path.Combine(folder, "nothing"), .. keys])).Exits(2);
            (await NhiAsync("verify", "--log-key", saved)).Exits(2);

            var held = await BothAsync(0, "evidence", "legal-hold", "--tag", "case7", "--from", "2026-03-02", "--to", "2026-03-02");
            Assert.Contains("legal-hold set", held.GetProperty("containers")[0].GetProperty("command").GetString(), StringComparison.Ordinal);
            (await NhiAsync("evidence", "legal-hold", "--tag", "NO", "--from", "2026-03-02", "--to", "2026-03-02")).Exits(2);
            Assert.NotEmpty((await BothAsync(0, "evidence", "prepare")).GetProperty("containers").EnumerateArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One record is verified where it lies and in a download, proven, and its proof checked by somebody who has two files and a key.</summary>
    private async Task ProvesAsync(string path, string folder, string exported, string[] keys, NhiDesk alone)
    {
        foreach (var verified in (JsonElement[])[await BothAsync(0, "verify", "--record", path), (await alone.RunAsync(["verify", "--record", path, "--json", "--folder", exported, .. keys])).Exits(0).Json])
        {
            var log = Assert.Single(verified.GetProperty("logs").EnumerateArray());
            Assert.True(log.GetProperty("ok").GetBoolean());
            Assert.Empty(log.GetProperty("findings").EnumerateArray());
        }

        var (proof, record) = (Path.Combine(folder, "p.tlog-proof"), Path.Combine(folder, "r.json"));
        var proven = await BothAsync(0, "evidence", "prove", path, "--out", proof, "--record-out", record);
        Assert.Equal(await File.ReadAllTextAsync(proof, TestContext.Current.CancellationToken), proven.GetProperty("proof").GetString());
        Assert.Equal(proven.GetProperty("proof").GetString(), (await alone.RunAsync(["evidence", "prove", path, "--folder", exported, .. keys])).Exits(0).Output.ReplaceLineEndings("\n"));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(exported, "evidence-2026", path), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(record, TestContext.Current.CancellationToken));
        (await NhiAsync("evidence", "prove", path, "--out", Path.Combine(folder, "no", "where"))).Exits(3);

        string[] two = ["verify", "--record", record, "--proof", proof];
        Assert.Contains("Not looked at", (await alone.RunAsync([.. two, .. keys[..2]])).Exits(0).Output, StringComparison.Ordinal);
        Assert.True((await alone.RunAsync([.. two, "--json", .. keys])).Exits(0).Json.GetProperty("producer").GetBoolean());
        Assert.Equal(path, (await BothAsync(0, two)).GetProperty("path").GetString());
        Assert.Contains("does not count", (await alone.RunAsync([.. two, "--json", "--log-key", keys[3]])).Exits(1).Json.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Contains("no key of the producers", (await alone.RunAsync([.. two, .. keys[..2], "--producers-key", keys[1]])).Exits(1).Output, StringComparison.Ordinal);
        await File.AppendAllTextAsync(record, " ", TestContext.Current.CancellationToken);
        Assert.False((await alone.RunAsync([.. two, "--json", .. keys[..2]])).Exits(1).Json.GetProperty("ok").GetBoolean());
        await File.WriteAllTextAsync(proof, "nothing", TestContext.Current.CancellationToken);
        (await alone.RunAsync([.. two, .. keys[..2]])).Exits(1);

        Assert.Equal("RecordMissing", (await BothAsync(1, "verify", "--record", path.Replace(".json", "x.json", StringComparison.Ordinal))).GetProperty("logs")[0].GetProperty("findings")[0].GetProperty("kind").GetString());
        (await NhiAsync("verify", "--record", "records/../../etc/passwd")).Exits(2);
        (await NhiAsync("evidence", "prove", "\u001b[31m")).Exits(2);
        var unlogged = (await NhiAsync("pause", "kv1/pair-app", "--reason", "INC-12", "--by", "ada", "--json")).Exits(0).Json.GetProperty("record").GetString()!;
        (await NhiAsync("resume", "kv1/pair-app")).Exits(0);
        Assert.Equal("NotYet", (await BothAsync(1, "verify", "--record", unlogged)).GetProperty("logs")[0].GetProperty("findings")[0].GetProperty("kind").GetString());
        await _product.Host.RunAsync("SequenceEvidence");
        (await NhiAsync("verify", "--record", unlogged)).Exits(0);
    }

    /// <summary>What a process writes that started after the rotation is authentic to the host that runs on, to the verifier and to the container's copies of the keys.</summary>
    private async Task ProducersRotateAsync()
    {
        _product.World.ProductVault.RotateKey("producers");
        var path = (await NhiAsync("pause", "kv1/storage-app", "--reason", "INC-11", "--by", "ada", "--json")).Exits(0).Json.GetProperty("record").GetString()!;
        (await NhiAsync("resume", "kv1/storage-app")).Exits(0);
        for (var i = 0; i < 2; i++)
            await _product.Host.RunAsync("SequenceEvidence");
        Assert.True((await NhiAsync("evidence", "show", path, "--json")).Exits(0).Json.GetProperty("authentic").GetBoolean());
        Assert.Contains((await NhiAsync("evidence", "prepare", "--json")).Exits(0).Json.GetProperty("containers").EnumerateArray(), container => container.GetProperty("created").EnumerateArray().Any(name => name.GetString() == "keys/producers-2.pub.pem"));
        Assert.Equal(0, (await NhiAsync("verify", "--json")).Exits(0).Json.GetProperty("places")[0].GetProperty("counts").EnumerateObject().Count(kind => kind.Name is "RecordForeign" or "RecordForged" or "RecordUnlogged" or "NotYet"));
    }

    private async Task RebuildsAsync()
    {
        await _product.Host.RunAsync("SequenceEvidence");
        Assert.True((await BothAsync(0, "rebuild", "--check")).GetProperty("ok").GetBoolean());
        Assert.True((await BothAsync(0, "verify", "--index")).GetProperty("ok").GetBoolean());
        var tables = _product.Tables;
        var before = await RowsAsync(tables, "EvidenceIndex");
        var known = await RowsAsync(tables, "Inventory");
        var (debts, cursors, operations) = (await RowsAsync(tables, "Debts"), await RowsAsync(tables, "Cursors"), await RowsAsync(tables, "Operations"));
        foreach (var table in (string[])["Operations", "Debts", "Inventory", "Cursors", "EvidenceIndex", "EvidencePending"])
            await tables.DeleteTableAsync(table, TestContext.Current.CancellationToken);

        // Both accounts' logs are sealed.
        Assert.Equal(2, (await NhiAsync("rebuild", "--index", "--json")).Exits(0).Json.GetProperty("leaves").EnumerateObject().Count(log => log.Value.GetInt64() > 0));
        Assert.Equal(before, await RowsAsync(tables, "EvidenceIndex"));
        (await NhiAsync("status")).Exits(42);
        var report = await BothAsync(0, "rebuild");
        Assert.True(report.GetProperty("ready").GetBoolean());
        Assert.Equal((5, 1, 1), (report.GetProperty("secrets").GetInt32(), report.GetProperty("pauses").GetInt32(), report.GetProperty("holds").GetInt32()));
        // The engine's rows, and what people said of owners; what sweeps know they see again.
        var rebuilt = await RowsAsync(tables, "Inventory");
        Assert.Equal(
            known.Select(row => row.Key).Where(key => key.StartsWith("v:", StringComparison.Ordinal) || key.StartsWith("r:", StringComparison.Ordinal) || key == "o:kv1.vault.azure.net/generated-app").Order(StringComparer.Ordinal),
            rebuilt.Select(row => row.Key).Order(StringComparer.Ordinal));
        // What is remembered is what was there, to the letter; what the next look fills in is missing, and what says that nobody has looked yet is new.
        Remembers(known, rebuilt, "NextLook", "Due", "Owed", "Owner", "Answer", "AskedAt", "AskedOf", "Owned");
        Remembers(operations, await RowsAsync(tables, "Operations"), "Owner", "Open", "Step", "Start", "Op", "Verb", "Trigger", "Rotation", "LastOutcome", "FirstSeen", "Fence");
        Assert.Equal(debts.Where(IsHold), (await RowsAsync(tables, "Debts")).Where(IsHold));
        Assert.Equal(cursors.Where(IsPause), (await RowsAsync(tables, "Cursors")).Where(IsPause));
        await _product.Host.RunAsync("SweepInventory");
        var swept = await RowsAsync(tables, "Inventory");
        Assert.Empty(known.Keys.Where(key => key.StartsWith("sc:", StringComparison.Ordinal) || key.StartsWith("sr", StringComparison.Ordinal)).Except(swept.Keys));
        // Values that were superseded since are found by nobody; those that are published are.
        var published = swept.Where(row => row.Key.StartsWith("sc:", StringComparison.Ordinal)).SelectMany(row => row.Value.Split("; ").Where(column => column.StartsWith("Fingerprint=", StringComparison.Ordinal) && column.Length > 12).Select(column => column[12..])).ToList();
        Assert.NotEmpty(published);
        Assert.All(published, fingerprint => Assert.Contains(swept, row => row.Key.StartsWith($"sf:{fingerprint}/", StringComparison.Ordinal) && row.Value.Contains("Has=True", StringComparison.Ordinal)));
        Assert.True((await NhiAsync("rebuild", "--tables", "--json")).Exits(0).Json.GetProperty("ready").GetBoolean());
        Assert.Equal(2, (await NhiAsync("rebuild", "--tiles", "--json")).Exits(0).Json.GetProperty("leaves").EnumerateObject().Count(log => log.Value.GetInt64() > 0));

        Assert.Equal("carol", (await NhiAsync("owners", "generated-app", "--json")).Exits(0).Json.GetProperty("credentials")[0].GetProperty("confirmedBy").GetString());
        var status = (await NhiAsync("status", "--json")).Exits(0).Json;
        Assert.Equal("kv:kv1.vault.azure.net/generated-app", Assert.Single(status.GetProperty("pauses").EnumerateArray()).GetProperty("scope").GetString());
        Assert.Equal("kept for the rebuild", Assert.Single(status.GetProperty("debts").EnumerateArray()).GetProperty("heldWhy").GetString());
        await TickAsync(0);
        foreach (var name in LocalProduct.Names)
            Assert.True(await _product.OpensAsync(name, _product.World.Vault("kv1").ReadAs(_product.World.Identities.Person, name)!), name);
        Assert.DoesNotContain((await NhiAsync("status", "--json")).Exits(0).Json.GetProperty("operations").EnumerateArray(), row => row.GetProperty("unproven").GetBoolean());

        // A row that the containers do not give is found out.
        await tables.GetTableClient("EvidenceIndex").AddEntityAsync(new TableEntity("x:0", "0") { ["Path"] = "p", ["Sha256"] = "s", ["Index"] = 1L, ["Batch"] = 1L, ["Op"] = "o", ["Stage"] = "2-ok", ["Action"] = "a.b", ["Time"] = DateTimeOffset.UnixEpoch, ["Fence"] = 0L, ["Summary"] = "forged" }, TestContext.Current.CancellationToken);
        Assert.Equal(1, Unknown(await BothAsync(1, "rebuild", "--check")));
        Assert.Equal(1, Unknown(await BothAsync(1, "verify", "--index")));
    }

    private static bool IsHold(KeyValuePair<string, string> row) => row.Value.Contains("HeldUntil=", StringComparison.Ordinal);
    private static bool IsPause(KeyValuePair<string, string> row) => row.Value.Contains("InForce=True", StringComparison.Ordinal);

    /// <summary>Every rebuilt row was there, with the same columns but for these.</summary>
    private static void Remembers(SortedDictionary<string, string> before, SortedDictionary<string, string> after, params string[] but)
    {
        Assert.NotEmpty(after);
        foreach (var (key, row) in after)
            Assert.True(ColumnsOf(before[key], but).SequenceEqual(ColumnsOf(row, but)), $"{key}\n  {before[key]}\n  {row}");
    }

    private static IEnumerable<string> ColumnsOf(string row, string[] but) => row.Split("; ").Where(column => !but.Contains(column.Split('=')[0]));

    private static long Unknown(JsonElement verified) =>
        verified.GetProperty("places").EnumerateArray().Sum(place => place.GetProperty("counts").TryGetProperty("IndexRowUnknown", out var count) ? count.GetInt64() : 0);

    private async Task HostileAsync()
    {
        foreach (var name in (string[])["a/b/c", "../etc/passwd", "kv1/\u001b[31m", "#", "?", "a\\b", new string('x', 5000), "kv:evil.example.com/app", "'; drop table--", "-"])
        {
            var run = await NhiAsync("show", name);
            Assert.True(run.Exit is 2 or 3, $"{name}: exit {run.Exit}\n{run.Output}\n{run.Errors}");
            Assert.Empty(run.Output);
            Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain('\u001b', run.Errors);
        }

        (await NhiAsync("evidence", "show", "policies/../records/x.json")).Exits(2);
        (await NhiAsync("evidence", "ls", "--day", "yesterday")).Exits(2);
        (await NhiAsync("evidence", "ls", "--day", "2026-03-02", "--hour", "2026-03-02T08")).Exits(2);
        (await NhiAsync("evidence", "ls", "--owner", "ada", "--session", "run-7")).Exits(2);
        (await NhiAsync("evidence", "ls", "--month", "2026-03")).Exits(2);
        (await NhiAsync("evidence", "ls", "--action", "owner.assign", "--month", "March")).Exits(2);
        Assert.Contains("letters, digits", (await NhiAsync("pause", "*", "--reason", "INC-7", "--session", "two words")).Exits(3).Errors, StringComparison.Ordinal);
        (await NhiAsync("emergency", "entra-app", "--reason", new string('x', 5000))).Exits(3);
        var file = Path.Combine(_product.World.Folder, "settings.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { IsEncrypted = false, Values = _product.Settings }));
        Assert.True((await NhiRun.StartAsync(new Dictionary<string, string>(), "status", "--json", "--settings", file)).Exits(0).Json.GetProperty("ready").GetBoolean());
        Assert.True((await NhiRun.StartAsync(new Dictionary<string, string>(), "status", "--json", "--estate", _product.World.Folder)).Exits(0).Json.GetProperty("ready").GetBoolean());
    }

    /// <summary>What the rows say, without the service's own stamps.</summary>
    private static async Task<SortedDictionary<string, string>> RowsAsync(TableServiceClient tables, string table)
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var row in tables.GetTableClient(table).QueryAsync<TableEntity>(cancellationToken: TestContext.Current.CancellationToken))
            rows[$"{row.PartitionKey}/{row.RowKey}"] = string.Join("; ", row.Where(column => column.Key is not ("odata.etag" or "Timestamp")).OrderBy(column => column.Key, StringComparer.Ordinal).Select(column => $"{column.Key}={column.Value}"));
        return rows;
    }
}
