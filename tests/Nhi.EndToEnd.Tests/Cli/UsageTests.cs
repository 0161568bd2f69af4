using System.Text.Json;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>What needs no estate: help, usage, kinds, policies, hostile arguments.</summary>
public sealed class UsageTests(UsageTests.Shared shared) : IClassFixture<UsageTests.Shared>
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>One process for all that is wrong, with no settings at all.</summary>
    public sealed class Shared : IAsyncDisposable
    {
        internal NhiDesk Nhi { get; } = new(Nothing);

        public ValueTask DisposeAsync() => Nhi.DisposeAsync();
    }

    [Fact]
    public async Task Help_names_every_command_and_what_the_exit_codes_mean()
    {
        var help = (await NhiRun.StartAsync(Nothing, "--help")).Exits(0);
        Assert.Contains("42 a human has to act", help.Output, StringComparison.Ordinal);
        foreach (var command in (string[])["plan", "status", "show", "kinds", "policy", "debts", "findings", "owners", "owner", "rollback", "adopt", "emergency", "pause", "resume", "evidence", "rebuild"])
            Assert.Contains($"\n  {command} ", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completions_are_offered_for_a_command_that_is_not_whole()
    {
        var suggestions = (await NhiRun.StartAsync(Nothing, "[suggest:6]", "nhi em")).Exits(0);
        Assert.Contains("emergency", suggestions.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("emergency")]
    [InlineData("rebuild", "--check", "--index")]
    [InlineData("rebuild", "--tiles", "--index")]
    [InlineData("policy", "check")]
    [InlineData("verify", "--record", "a", "--full")]
    [InlineData("verify", "--proof", "a", "--log-key", "a")]
    [InlineData("verify", "--record", "a", "--proof", "b", "--folder", "c")]
    [InlineData("verify", "--record", "/nowhere/r.json", "--proof", "/nowhere/p", "--log-key", "/nowhere/k")]
    [InlineData("verify", "--index", "--quick")]
    [InlineData("verify", "--index", "--folder", "a")]
    [InlineData("verify", "--index", "--record", "a")]
    [InlineData("verify", "--record", "a", "--log-key", "b")]
    [InlineData("evidence", "prove")]
    [InlineData("evidence", "prove", "a", "--log-key", "b")]
    [InlineData("status", "--settings", "/nowhere/settings.json")]
    [InlineData("status", "--settings", "a", "--estate", "b")]
    [InlineData("status", "--estate", "/nowhere")]
    [InlineData("status")]
    [InlineData("--vault")]
    public async Task Wrong_usage_exits_2_with_one_line_that_says_what_to_do(params string[] arguments)
    {
        var run = (await shared.Nhi.RunAsync(arguments)).Exits(2);
        Assert.Empty(run.Output);
        Assert.Single(run.Errors.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"Nhi__Vaults__0__Uri":{"a":1}}""")]
    [InlineData("null")]
    public async Task Settings_that_are_none_are_refused_without_a_word_of_what_they_hold(string text)
    {
        using var file = new TemporaryFile(text);
        var run = (await shared.Nhi.RunAsync("status", "--settings", file.Path)).Exits(2);
        Assert.Contains("settings", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kinds_lists_the_rights_of_each_role_and_needs_no_settings()
    {
        Assert.Contains("storage-account-key", (await NhiRun.StartAsync(Nothing, "kinds")).Exits(0).Output, StringComparison.Ordinal);
        var kinds = (await NhiRun.StartAsync(Nothing, "kinds", "--json")).Exits(0).Json.GetProperty("kinds");
        Assert.Equal(["entra-app-secret", "generated", "postgres-role", "storage-account-key"], kinds.EnumerateArray().Select(kind => kind.GetProperty("name").GetString()));
        Assert.All(kinds.EnumerateArray(), kind => Assert.NotEqual(JsonValueKind.Undefined, kind.GetProperty("rights").ValueKind));
    }

    [Fact]
    public async Task A_policy_is_checked_with_line_column_and_remedy()
    {
        using var good = new TemporaryFile(Product.LocalProduct.Policy);
        Assert.True((await NhiRun.StartAsync(Nothing, "policy", "check", good.Path, "--json")).Exits(0).Json.GetProperty("valid").GetBoolean());
        using var bad = new TemporaryFile("version: 1\nrules:\n  - { name: a, match: {}, mode: enforced }\n");
        var fault = (await NhiRun.StartAsync(Nothing, "policy", "check", bad.Path, "--json")).Exits(1).Json.GetProperty("faults")[0];
        Assert.Equal(3, fault.GetProperty("line").GetInt32());
        Assert.Contains($"{bad.Path}(3,", (await NhiRun.StartAsync(Nothing, "policy", "check", bad.Path)).Exits(1).Output, StringComparison.Ordinal);
        Assert.Contains("no settings are at hand", (await NhiRun.StartAsync(Nothing, "policy", "check", good.Path)).Exits(0).Output, StringComparison.Ordinal);
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
