using System.Text.Json;
using Azure.Data.Tables;
using Nhi.EndToEnd.Tests.Cli;
using Nhi.EndToEnd.Tests.Product;
using Nhi.Local.Emulators;

namespace Nhi.EndToEnd.Tests.Neglect;

/// <summary>People at <c>nhi</c> keep, quarantine and restore; what happened reaches them through a signed webhook, over HTTPS, beside the product at work.</summary>
public sealed class NeglectTests(ITestOutputHelper output)
{
    private const string Policy = """
        version: 1
        defaults: { lifetime: P90D, rotateBefore: P30D, overlap: P14D, slack: P7D, freeAfter: P7D }
        rules:
          - { name: everything, match: {}, mode: enforce, removeNeglected: true }
        """;

    private LocalProduct _product = null!;

    [Fact]
    public async Task What_a_person_puts_away_can_be_brought_back_and_whoever_owns_it_is_told()
    {
        await using var product = _product = await LocalProduct.StartAsync(Policy, more: WebhookReceiver.Settings, postgres: false);
        try
        {
            await product.AddEstateAsync();
            await TickAsync();
            await QuarantinesAsync();
            await KeepsAsync();
            await TellsAsync();
            await RebuildsAsync();
        }
        catch
        {
            output.WriteLine(product.Log);
            throw;
        }
    }

    private Task<NhiRun> NhiAsync(params IReadOnlyList<string> arguments) => _product.Nhi().RunAsync(arguments);

    private async Task TickAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            await _product.World.Player.SettleAsync();
            await _product.RowsAreFreeAsync();
            foreach (var function in (string[])["ReconcileOperations", "SweepDue", "RemoveNeglected", "SequenceEvidence"])
                await _product.Host.RunAsync(function);
        }

        await _product.EventsAreThroughAsync();
    }

    private async Task QuarantinesAsync()
    {
        (await NhiAsync("quarantine", "generated-app", "--by", "ada")).Exits(3);
        var away = (await NhiAsync("quarantine", "generated-app", "--reason", "INC-7", "--by", "ada", "--json")).Exits(0).Json;
        Assert.Equal(("quarantine", "ok", "quarantined"), (Text(away, "verb"), Text(away, "result"), Text(away, "step")));
        Assert.All(_product.VersionsOf("generated-app"), version => Assert.False(version.Enabled));
        Assert.Contains("quarantined already", (await NhiAsync("quarantine", "generated-app", "--reason", "INC-7")).Exits(3).Errors, StringComparison.Ordinal);
        Assert.Contains("not in quarantine", (await NhiAsync("restore", "entra-app")).Exits(3).Errors, StringComparison.Ordinal);
        await TickAsync();
        Assert.All(_product.VersionsOf("generated-app"), version => Assert.False(version.Enabled));
        var back = (await NhiAsync("restore", "generated-app", "--by", "ada")).Exits(0);
        output.WriteLine(back.Output);
        Assert.Contains("is back from quarantine, as it was", back.Output, StringComparison.Ordinal);
        Assert.All(_product.VersionsOf("generated-app"), version => Assert.True(version.Enabled));
    }

    private async Task KeepsAsync()
    {
        var away = (await NhiAsync("quarantine", "entra-app", "--reason", "INC-8", "--by", "ada")).Exits(0);
        output.WriteLine(away.Output);
        Assert.Contains("no timer takes it further", away.Output, StringComparison.Ordinal);
        (await NhiAsync("keep", "entra-app", "--reason", "needed in spring")).Exits(2);
        var kept = (await NhiAsync("keep", "entra-app", "--for", "P30D", "--reason", "needed in spring", "--by", "bob", "--json")).Exits(0).Json;
        Assert.Equal(("bob", "restore"), (Text(kept, "by"), Text(kept.GetProperty("restored"), "verb")));
        Assert.All(_product.VersionsOf("entra-app"), version => Assert.True(version.Enabled));
        Assert.True(await _product.OpensAsync("entra-app", _product.World.Vault("kv1").ReadAs(_product.World.Identities.Person, "entra-app")!));
        var shown = (await NhiAsync("keep", "entra-app", "--until", "2026-12-01", "--reason", "needed in spring", "--by", "bob")).Exits(0);
        output.WriteLine(shown.Output);
        Assert.Contains("is kept until 2026-12-01", shown.Output, StringComparison.Ordinal);
    }

    private async Task TellsAsync()
    {
        await _product.Host.RunAsync("SequenceEvidence");
        await _product.World.Clock.MoveToAsync(_product.World.Clock.GetUtcNow().AddMinutes(75));
        await _product.World.Player.SettleAsync();
        await _product.Host.RunAsync("SweepDue");
        await _product.Host.RunAsync("SequenceEvidence");
        await _product.Host.RunAsync("Publish");
        var digests = _product.World.Webhook.Received;
        var digest = Assert.Single(digests, one => one.Body["owner"]?.GetValue<string>() == "payroll" && one.Body["items"]!.AsArray().Any(item => item!["action"]!.GetValue<string>() == "removal.quarantine")).Body;
        var actions = digest["items"]!.AsArray().Select(item => item!["action"]!.GetValue<string>()).ToList();
        Assert.Equal(2, actions.Count(action => action == "removal.restore"));
        Assert.Contains("removal.keep", actions);
        Assert.DoesNotContain("credential.govern", actions);
        var record = digest["items"]![0]!["record"]!.GetValue<string>();
        Assert.True((await NhiAsync("evidence", "show", record, "--json")).Exits(0).Json.GetProperty("authentic").GetBoolean());

        await _product.Host.RunAsync("Publish");
        Assert.Equal(digests.Count, _product.World.Webhook.Received.Count);
    }

    private async Task RebuildsAsync()
    {
        var removals = _product.Tables.GetTableClient("Removals");
        await foreach (var row in removals.QueryAsync<TableEntity>())
            await removals.DeleteEntityAsync(row.PartitionKey, row.RowKey);
        Assert.Equal(2, (await NhiAsync("rebuild", "--json")).Exits(0).Json.GetProperty("removals").GetInt32());
        await _product.RowsAreFreeAsync();
        Assert.Contains("bob keeps", (await NhiAsync("quarantine", "entra-app", "--reason", "INC-9")).Exits(3).Errors, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
