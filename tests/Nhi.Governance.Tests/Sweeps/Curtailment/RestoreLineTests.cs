using System.Diagnostics;
using Nhi.Evidence.Records;
using Nhi.Governance.Sweeps.Curtailment;

namespace Nhi.Governance.Tests.Sweeps.Curtailment;

/// <summary>The command that makes a role again, as a shell reads it.</summary>
public sealed class RestoreLineTests
{
    private const string Scope = "/subscriptions/11111111-0000-4000-8000-000000000001";

    private static readonly AssignmentFacts _plain = new(
        $"{Scope}/providers/Microsoft.Authorization/roleAssignments/22222222-0000-4000-8000-000000000002", $"{Scope}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "33333333-0000-4000-8000-000000000003", "ServicePrincipal", Scope);

    [Fact]
    public void It_names_all_of_the_assignment() => Assert.Equal(
        $"az role assignment create --name 22222222-0000-4000-8000-000000000002 --assignee-object-id 33333333-0000-4000-8000-000000000003 --assignee-principal-type ServicePrincipal --role {_plain.Role} --scope {Scope}",
        RestoreLine.Of(_plain));

    public static TheoryData<string> Hostile =>
    [
        "((!(ActionMatches{'a/b'})) OR (@Resource[c:d] StringEquals 'e'))", "two\nlines\r\n\tand a tab", "'; rm -rf / #", "$(id) `id` \\ \" ! * ?", "\u202Egnirts\u202C", "--scope /", "Größe 中文 😀", "\u0000x\u0007",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Whatever_its_texts_hold_it_is_one_line_and_the_shell_reads_the_same_words(string text)
    {
        var line = RestoreLine.Of(_plain with { Condition = text, ConditionVersion = "2.0", Description = text });
        Assert.DoesNotContain(line, character => char.IsControl(character) || character is '\u202E' or '\u202C');
        var words = await ReadByBashAsync(line);
        // No shell passes a zero on.
        var read = text.Split('\0')[0];
        Assert.Equal(["--condition", read, "--condition-version", "2.0", "--description", read], words[^6..]);
    }

    /// <summary>The Azure CLI reads a file where a value begins with an at sign.</summary>
    [Fact]
    public void No_value_begins_with_an_at_sign() => Assert.Contains("--condition ' @Resource[a:b] StringEquals x'", RestoreLine.Of(_plain with { Condition = "@Resource[a:b] StringEquals x" }), StringComparison.Ordinal);

    private static async Task<string[]> ReadByBashAsync(string line)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardInput = true, RedirectStandardOutput = true, Environment = { ["LC_ALL"] = "C.UTF-8" } };
        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync($"az() {{ printf '%s\\0' \"$@\"; }}\n{line}\n");
        bash.StandardInput.Close();
        var said = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said[..^1].Split('\0');
    }
}
