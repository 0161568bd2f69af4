using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Cli.Output;
using Nhi.Cli.Shapes;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Removal;

namespace Nhi.Cli.Acting;

/// <summary>The commands by which a person stops, begins or reverses the removal of a neglected credential.</summary>
internal sealed class NeglectCommands(AskingCommand asking, Func<IServiceProvider, ParseResult, string, CancellationToken, Task<CredentialId>> find)
{
    private readonly Argument<string> _name = new("NAME") { Description = "kv:host/name, vault/name or name." };
    private readonly Argument<string> _away = new("NAME") { Description = "kv:host/name, vault/name or name; or the ARM id of a role assignment that was taken away." };

    public IEnumerable<Command> All() => [Keep(), Quarantine(), Restore()];

    private Command Keep() => asking(
        new Command("keep", "Keeps a credential that seems neglected until a date. What is in quarantine comes back at once.") { _name, OperatorCommands.UntilOption, OperatorCommands.ForOption, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await OperatorCommands.RequestAsync(services, parsed, "nhi keep", true, ct);
            var until = OperatorCommands.Until(services, parsed) ?? throw new CliFailure("Say until when: --until INSTANT, or --for DURATION.");
            return Told(await services.GetRequiredService<NeglectDesk>().KeepAsync(await NameAsync(services, parsed, ct), until, request, ct));
        });

    private Command Quarantine() => asking(
        new Command("quarantine", "Disables every version of a credential, reversibly: nhi restore, or a read, brings it back, and no timer takes it further. Its rule has to enforce.") { _name, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await OperatorCommands.RequestAsync(services, parsed, "nhi quarantine", true, ct);
            return Told(await services.GetRequiredService<NeglectDesk>().QuarantineAsync(await NameAsync(services, parsed, ct), request, ct));
        });

    private Command Restore() => asking(
        new Command("restore", "Enables again what a quarantine disabled, and nothing else; prints the command that makes a role again that was taken away.") { _away, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await OperatorCommands.RequestAsync(services, parsed, "nhi restore", false, ct);
            var (desk, name) = (services.GetRequiredService<NeglectDesk>(), parsed.GetRequiredValue(_away));
            return Told(name.StartsWith('/') ? await desk.RestoreRoleAsync(name, ct) : await desk.RestoreAsync(await find(services, parsed, name, ct), request, ct));
        });

    private Task<CredentialId> NameAsync(IServiceProvider services, ParseResult parsed, CancellationToken ct) => find(services, parsed, parsed.GetRequiredValue(_name), ct);

    private static Answer Told(KeptCredential kept)
    {
        List<string> lines = [$"{kept.Credential} is kept until {Screen.At(kept.Keep.Until)} by {kept.Keep.By}", $"  record: {kept.Keep.Record}"];
        if (kept.Back is { } back)
            lines.AddRange(Lines(back));
        lines.AddRange(kept.Roles.SelectMany(Lines));
        return new Answer(
            new KeepShape(kept.Credential.ToString(), kept.Keep.Until, kept.Keep.By, kept.Keep.Why, kept.Keep.Record, kept.Back is null ? null : Shape(kept.Back, []), [.. kept.Roles.Select(Shape)]),
            [Block.Lines(lines)], kept.Back is not null && Exit(kept.Back) is var exit and not ExitCode.Fine ? exit : kept.Roles.Count > 0 ? ExitCode.Human : ExitCode.Fine);
    }

    private static Answer Told(RemovalResult result) => new(Shape(result, []), [Block.Lines(Lines(result))], Exit(result));

    /// <summary>Where a role was taken away a person has to act: the product has no right to give one.</summary>
    internal static Answer Told(RestoredCredential restored)
    {
        var back = restored.Back ?? new RemovalResult(restored.Credential, null, null, null, null, null);
        return new Answer(
            Shape(back, restored.Roles), [Block.Lines([.. restored.Back is null ? [] : Lines(back), .. restored.Roles.SelectMany(Lines)])],
            Exit(back) is var exit and not ExitCode.Fine ? exit : restored.Roles.Count > 0 ? ExitCode.Human : ExitCode.Fine);
    }

    private static NeglectShape Shape(RemovalResult result, IReadOnlyList<CurtailedRole> roles) => new(
        result.Credential.ToString(), result.Verb, result.Result, result.Why, (result.Note?.Step ?? RemovalStep.None).ToString().ToLowerInvariant(), result.Note?.Next, result.Record, [.. roles.Select(Shape)]);

    private static CurtailedShape Shape(CurtailedRole role) => new(role.Assignment.Id, role.What, role.Since, role.Record, role.Command);

    private static IEnumerable<string> Lines(CurtailedRole role) =>
        [$"taken away on {Screen.At(role.Since)}: {role.What}", "  a person with the right to give roles makes it again:", $"  {role.Command}", $"  record: {role.Record}"];

    private static IEnumerable<string> Lines(RemovalResult result)
    {
        yield return (result.Verb, result.Result) switch
        {
            (RemovalVerbs.Quarantine, "ok") => $"{result.Credential} is in quarantine, and no timer takes it further; nhi restore brings it back",
            (RemovalVerbs.Restore, "ok") => $"{result.Credential} is back from quarantine, as it was",
            (null, _) => $"{result.Credential}: nothing was to be done. {result.Why}".TrimEnd(),
            _ => $"{result.Credential}: {result.Verb} ended with {result.Result}. {result.Why}".TrimEnd(),
        };
        if (result.Record is { } record)
            yield return $"  record: {record}";
    }

    private static int Exit(RemovalResult result) => result.Result switch
    {
        "ok" or null => ExitCode.Fine,
        "BLOCKED" => ExitCode.Human,
        _ => ExitCode.Failed,
    };
}
