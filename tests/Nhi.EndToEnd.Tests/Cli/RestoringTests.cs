using Nhi.Cli.Acting;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.EndToEnd.Tests.Cli;

/// <summary>What <c>nhi restore</c> says of a role that was taken away: a person has to act.</summary>
public sealed class RestoringTests
{
    private static readonly CredentialId _id = CredentialId.Of("kv1.vault.azure.net", "app");
    private static readonly CurtailedRole _role = new(_id, new AssignmentFacts("/a/b", "/r", "p", "ServicePrincipal", "/a"), "Owner at /a: may change everything.", new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), "records/x.json", "az role assignment create --name b");

    [Fact]
    public void The_command_stands_on_a_line_of_its_own_and_a_person_has_to_give_it()
    {
        var answer = NeglectCommands.Told(new RestoredCredential(_id, null, [_role]));
        Assert.Equal(
            ["taken away on 2026-03-02 08:00Z: Owner at /a: may change everything.", "  a person with the right to give roles makes it again:", "  az role assignment create --name b", "  record: records/x.json"],
            answer.Blocks.Single().Rows.Select(row => row[0]));
        Assert.Equal(ExitCode.Human, answer.Exit);
        var shape = (NeglectShape)answer.Shape;
        Assert.Equal((null, "az role assignment create --name b"), (shape.Verb, Assert.Single(shape.Roles).Command));
    }

    [Theory]
    [InlineData("ok", ExitCode.Human)]
    [InlineData("RETRY", ExitCode.Failed)]
    public void What_came_back_by_itself_is_said_before(string result, int exit)
    {
        var answer = NeglectCommands.Told(new RestoredCredential(_id, new RemovalResult(_id, RemovalVerbs.Restore, result, "busy", "records/r.json", null), [_role]));
        Assert.Equal(exit, answer.Exit);
        Assert.StartsWith(result == "ok" ? $"{_id} is back from quarantine" : $"{_id}: restore ended with RETRY", answer.Blocks.Single().Rows[0][0], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Fine, NeglectCommands.Told(new RestoredCredential(_id, new RemovalResult(_id, RemovalVerbs.Restore, "ok", null, "records/r.json", null), [])).Exit);
    }
}
