using System.Text.Json.Nodes;
using Nhi.Infra.Tests.Doctor;
using Nhi.Infra.Tests.Plans;

namespace Nhi.Infra.Tests.Walk;

/// <summary>
/// infra/README.md and operations.md, typed word by word: their blocks are taken out of the pages and run by a shell, over <c>az</c> and <c>azd</c> that compile what they are told to deploy (Recorders/*.sh), and <c>nhi</c> itself against the local world.
/// POSIX systems with jq and zip only.
/// </summary>
[Collection(nameof(DeployedWorld))]
public sealed class WalkTests(DeployedWorld world, CompiledOnce compiled) : IClassFixture<CompiledOnce>
{
    private static readonly MarkdownPage _page = MarkdownPage.Of("infra", "README.md");
    private static readonly MarkdownPage _operations = MarkdownPage.Of("infra", "operations.md");
    private static readonly bool _canRun = !OperatingSystem.IsWindows() && Sandbox.Find("jq") is not null && Sandbox.Find("zip") is not null && Sandbox.Find("openssl") is not null;

    /// <summary>The ways to deploy: each block of the section stands for itself.</summary>
    private static IReadOnlyList<Fence> Ways => [.. _page.Fences.Where(fence => fence.Section == "Deploy")];

    /// <summary>What a way has to do with Azure, in this order.</summary>
    private static readonly string[] _steps =
    [
        "group create rg-nhi",
        "deployment group what-if main infra/main.bicepparam",
        "deployment group create main infra/main.bicepparam",
        "keyvault secret set nhi-fingerprint-key",
        "nhi evidence prepare",
        "storage entity insert",
        "dotnet publish src/NhiFunctions",
        "functionapp deployment source config-zip",
        "deployment group create nhi-subscriptions infra/subscriptions.bicepparam",
    ];

    [Fact]
    public async Task Both_ways_to_deploy_are_followed_and_do_the_same_in_the_same_order()
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell, jq, zip and openssl");
        Assert.Equal(2, Ways.Count);
        using var sandbox = new Sandbox(world, compiled);
        List<JsonNode> deployed = [];
        foreach (var way in Ways)
        {
            sandbox.Forget();
            var (code, output) = await sandbox.TypeAsync(way.Text);
            Assert.True(code == 0, $"exit {code} of\n{way.Text}\n{output}");
            Assert.Equal(_steps, sandbox.Asked.Select(Step).OfType<string>());
            Assert.Contains("wrote the marker row", output, StringComparison.Ordinal);
            deployed.Add(new JsonArray(sandbox.Deployed("main"), sandbox.Deployed("nhi-subscriptions")));
        }

        Assert.True(JsonNode.DeepEquals(deployed[0], deployed[1]), "azd and az deploy different things.");
        await OperateAsync(sandbox);
    }

    /// <summary>What comes after: the log's key is rotated, the doctor looks, and finds what somebody did to an account.</summary>
    private async Task OperateAsync(Sandbox sandbox)
    {
        var variables = Plain.Split('\n').First(line => line.StartsWith("export ", StringComparison.Ordinal)) + "\neval \"$(infra/outputs.sh \"$AZURE_RESOURCE_GROUP\")\"\n";
        var rotation = _operations.Fences.Single(fence => fence.Section == "Rotating the log's key");
        var (code, output) = await sandbox.TypeAsync(variables + rotation.Text);
        Assert.True(code == 0, output);
        Assert.Equal("nhi evidence prepare", sandbox.Asked.Select(Step).OfType<string>().Last());

        (code, output) = await sandbox.TypeAsync(variables + _operations.Fences.Single(fence => fence.Section == "A producers' key that others know").Text);
        Assert.True(code == 0, output);
        var ended = sandbox.Asked.Last(words => words.Contains("set-attributes")).ToList();
        Assert.Equal("0123456789abcdef0123456789abcdef", ended[ended.IndexOf("--version") + 1]);

        var there = world.DeployNothing();
        foreach (var name in (string[])["main", "nhi-subscriptions"])
            there.Deploy(sandbox.Deployed(name));
        var transcript = _page.Fences.Single(fence => fence.Section == "Doctor");
        (code, output) = await sandbox.TypeAsync(variables + transcript.Command);
        Assert.True(code == 0, output);
        Assert.Contains("no difference", output, StringComparison.Ordinal);
        there.Change(there.Ids.Single(id => id.EndsWith("/nhistateuh5d422we7", StringComparison.Ordinal)), one => one["properties"]!["allowSharedKeyAccess"] = true);
        // Without the outputs as variables: it asks the deployment.
        (code, output) = await sandbox.TypeAsync(variables.Split('\n')[0] + "\n" + transcript.Command + " 2026");
        Assert.True(code == 1, output);
        Assert.Equal(transcript.Shown, output.Split('\n').Where(transcript.Shown.Contains));
        await LookAndGiveAPolicyAsync(sandbox, variables);
    }

    /// <summary>The auditors' keys; nhi out of the checkout, led to the deployment; the policy, which the app is then told of.</summary>
    private static async Task LookAndGiveAPolicyAsync(Sandbox sandbox, string variables)
    {
        var (code, output) = await sandbox.TypeAsync(variables + _operations.Fences.Single(fence => fence.Section == "Looking at evidence in Storage Explorer").Text);
        Assert.True(code == 0, output);
        Assert.All((string[])["log.pub.pem", "producers.pub.pem"], key => Assert.True(File.Exists(sandbox.In(key)), key));

        // What README of the repository says, too.
        Assert.Contains("eval \"$(infra/settings.sh rg-nhi)\"", Repository.Text("README.md"), StringComparison.Ordinal);
        var nhi = variables + _page.Fences.Single(fence => fence.Section == TheProgram).Text;
        (code, output) = await sandbox.TypeAsync(nhi);
        Assert.True(code == 0, output);
        Assert.Contains("policy", output, StringComparison.Ordinal);

        File.Copy(Repository.File("src", "Nhi.Governance", "Policies", "policy.sample.yaml"), sandbox.In("policy.yaml"));
        Assert.False(Plan.Of(sandbox.Deployed("main")).Settings.ContainsKey("Nhi__Policy"));
        (code, output) = await sandbox.TypeAsync(nhi + _page.Fences.Single(fence => fence.Section == "The policy").Text);
        Assert.True(code == 0, output);
        Assert.Equal(["policy check policy.yaml", "doctor", "doctor"], sandbox.Asked.Where(words => words[0] == "nhi").Select(words => string.Join(' ', words.Skip(1))).OrderByDescending(words => words, StringComparer.Ordinal));
        // The blob's name as the app is told it is the one that was uploaded.
        var policy = (string)Plan.Of(sandbox.Deployed("main")).Settings["Nhi__Policy"]!;
        Assert.Contains($"'policy', '{(await File.ReadAllTextAsync(sandbox.In("walk/made/policy"), TestContext.Current.CancellationToken)).Trim()}')", policy, StringComparison.Ordinal);
    }

    private const string TheProgram = "Where nhi comes from, and which deployment it looks at";

    [Fact]
    public async Task A_vault_is_onboarded_as_the_page_shows_it()
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell, jq, zip and openssl");
        using var sandbox = new Sandbox(world, compiled);
        var transcript = _page.Fences.Single(fence => fence.Section == "Onboarding a vault");
        var (code, output) = await sandbox.TypeAsync($"dotnet run --project {sandbox.In("src/Nhi.Cli")} -- {transcript.Command["nhi ".Length..]}");
        Assert.True(code == 0, output);
        Assert.Equal(transcript.Shown, output.TrimEnd('\n').Split('\n'));
    }

    public static TheoryData<string> Grants => [.. _page.Fences.Where(IsGrant).Select(fence => fence.Section)];

    [Theory, MemberData(nameof(Grants))]
    public async Task Rights_that_are_given_by_hand_read_and_are_given_as_they_were_made(string section)
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell, jq, zip and openssl");
        using var sandbox = new Sandbox(world, compiled);
        var (code, output) = await sandbox.TypeAsync(_page.Fences.Single(fence => IsGrant(fence) && fence.Section == section).Text);
        Assert.True(code == 0, output);
        Assert.Equal(["role definition create", "role assignment create"], sandbox.Asked.Select(words => string.Join(' ', words.Skip(1).TakeWhile(word => !word.StartsWith('-')))));
    }

    [Fact]
    public void Every_block_of_the_pages_is_typed_by_a_test()
    {
        string[] typed = ["Deploy", TheProgram, "The policy", "Looking at evidence in Storage Explorer", "Onboarding a vault", "Doctor", "Rotating the log's key", "A producers' key that others know", .. Grants.Select(row => (string)row)];
        // Lines for a reader's own Terraform.
        string[] not = ["Terraform users"];
        Assert.Equal(typed.Concat(not).Order(StringComparer.Ordinal), _page.Fences.Concat(_operations.Fences).Select(fence => fence.Section).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Each of these slips, on a page or in a file, stops the walk with a reason that names it.</summary>
    [Theory]
    [InlineData("Deploy", "az group create ", "az group show ", "could not be found")]
    [InlineData("Deploy", "infra/main.bicepparam", "infra/main.bicepparams", "are not there")]
    [InlineData("Deploy", "eval \"$(infra/outputs.sh \"$AZURE_RESOURCE_GROUP\")\"", "true", "NHI_APP_NAME is not set")]
    [InlineData("Deploy", "az functionapp deployment source config-zip ", "true ", "The function is not there")]
    [InlineData("Deploy", "(cd artifacts/functions && zip -qr ../functions.zip .)", "true", "none of a Functions app")]
    [InlineData("Deploy", "--name nhi-subscriptions", "--title nhi-subscriptions", "needs a name")]
    [InlineData("infra/main.bicepparam", "param stage =", "param stages =", "stages")]
    public async Task A_slip_stops_the_walk(string where, string good, string bad, string says)
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell, jq, zip and openssl");
        using var sandbox = new Sandbox(world, compiled);
        var block = Plain;
        if (where == "Deploy")
            block = Replaced(block, good, bad);
        else
            await File.WriteAllTextAsync(sandbox.In(where), Replaced(await File.ReadAllTextAsync(sandbox.In(where), TestContext.Current.CancellationToken), good, bad), TestContext.Current.CancellationToken);
        // What nhi itself says is not asked for here.
        var (code, output) = await sandbox.TypeAsync(block, ("WALK_NHI", ""));
        Assert.NotEqual(0, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    private static string Replaced(string text, string good, string bad)
    {
        Assert.Contains(good, text, StringComparison.Ordinal);
        return text.Replace(good, bad, StringComparison.Ordinal);
    }

    /// <summary>The way without azd.</summary>
    private static string Plain => Ways.Single(way => !way.Text.Contains("azd ", StringComparison.Ordinal)).Text;

    private static bool IsGrant(Fence fence) => fence.Text.StartsWith("az role definition create", StringComparison.Ordinal);

    /// <summary>What a way has to do, of what was asked; null: it only looked, or set variables.</summary>
    private static string? Step(IReadOnlyList<string> words)
    {
        string Of(string option) => words[words.ToList().IndexOf(option) + 1];
        return string.Join(' ', words.TakeWhile(word => !word.StartsWith('-'))) switch
        {
            "az group create" => $"group create {Of("--name")}",
            "az deployment group what-if" => $"deployment group what-if {Of("--name")} {Of("--parameters")}",
            "az deployment group create" => $"deployment group create {Of("--name")} {Of("--parameters")}",
            "az keyvault secret set" => $"keyvault secret set {Of("--name")}",
            "az storage entity insert" => "storage entity insert",
            "az functionapp deployment source config-zip" => "functionapp deployment source config-zip",
            "dotnet publish src/NhiFunctions" => "dotnet publish src/NhiFunctions",
            "dotnet run" => "nhi " + string.Join(' ', words.SkipWhile(word => word != "--").Skip(1)),
            _ => null,
        };
    }
}
