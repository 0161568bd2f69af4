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

    public IEnumerable<Command> All() => [Keep(), Quarantine(), Restore()];

    private Command Keep() => asking(
        new Command("keep", "Keeps a credential that seems neglected until a date. What is in quarantine comes back at once.") { _name, OperatorCommands.UntilOption, OperatorCommands.ForOption, OperatorCommands.ReasonOption, OperatorCommands.ByOption },
        async (services, parsed, ct) =>
        {
            var request = OperatorRequest.WithReason("nhi keep", OperatorCommands.By(parsed), parsed.GetValue(OperatorCommands.ReasonOption));
            var until = OperatorCommands.Until(services, parsed) ?? throw new CliFailure("Say until when: --until INSTANT, or --for DURATION.");
            return Told(await services.GetRequiredService<NeglectDesk>().KeepAsync(await NameAsync(services, parsed, ct), until, request, ct));
        });

    private Command Quarantine() => asking(
        new Command("quarantine", "Disables every version of a credential, reversibly: nhi restore, or a read, brings it back. Its rule has to enforce.") { _name, OperatorCommands.ReasonOption, OperatorCommands.ByOption },
        async (services, parsed, ct) =>
        {
            var request = OperatorRequest.WithReason("nhi quarantine", OperatorCommands.By(parsed), parsed.GetValue(OperatorCommands.ReasonOption));
            return Told(await services.GetRequiredService<NeglectDesk>().QuarantineAsync(await NameAsync(services, parsed, ct), request, ct));
        });

    private Command Restore() => asking(
        new Command("restore", "Enables again what a quarantine disabled, and nothing else.") { _name, OperatorCommands.ReasonOption, OperatorCommands.ByOption },
        async (services, parsed, ct) =>
        {
            var request = OperatorRequest.Of("nhi restore", OperatorCommands.By(parsed), parsed.GetValue(OperatorCommands.ReasonOption));
            return Told(await services.GetRequiredService<NeglectDesk>().RestoreAsync(await NameAsync(services, parsed, ct), request, ct));
        });

    private Task<CredentialId> NameAsync(IServiceProvider services, ParseResult parsed, CancellationToken ct) => find(services, parsed, parsed.GetRequiredValue(_name), ct);

    private static Answer Told(KeptCredential kept)
    {
        List<string> lines = [$"{kept.Credential} is kept until {Screen.At(kept.Keep.Until)} by {kept.Keep.By}", $"  record: {kept.Keep.Record}"];
        if (kept.Back is { } back)
            lines.AddRange(Lines(back));
        return new Answer(new KeepShape(kept.Credential.ToString(), kept.Keep.Until, kept.Keep.By, kept.Keep.Why, kept.Keep.Record, kept.Back is null ? null : Shape(kept.Back)), [Block.Lines(lines)], kept.Back is null ? ExitCode.Fine : Exit(kept.Back));
    }

    private static Answer Told(RemovalResult result) => new(Shape(result), [Block.Lines(Lines(result))], Exit(result));

    private static NeglectShape Shape(RemovalResult result) => new(
        result.Credential.ToString(), result.Verb, result.Result, result.Why, (result.Note?.Step ?? RemovalStep.None).ToString().ToLowerInvariant(), result.Note?.Next, result.Record);

    private static IEnumerable<string> Lines(RemovalResult result)
    {
        yield return (result.Verb, result.Result) switch
        {
            (RemovalVerbs.Quarantine, "ok") => $"{result.Credential} is in quarantine{(result.Note?.Next is { } next ? $" until {Screen.At(next)}, then it is revoked" : "")}; nhi restore brings it back",
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
