using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Cli.Shapes;
using Nhi.Evidence.Records;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operators;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Cli.Acting;

/// <summary>What sweeps found, and who answers: <c>nhi findings</c> and <c>nhi findings resolve</c>, <c>nhi owners</c>, <c>nhi owner assign</c>, <c>nhi owner confirm</c>.</summary>
internal sealed class OwnerCommands(AskingCommand asking, Func<IServiceProvider, ParseResult, string, CancellationToken, Task<CredentialId>> find, Option<string?> vault)
{
    public IEnumerable<Command> All() => [Findings(), Owners(), new Command("owner", "Says who answers for a credential.") { Assign(), Confirm() }];

    private Command Findings()
    {
        var signal = new Option<string?>("--signal") { Description = "Only this signal, e.g. no-owner." };
        var severity = new Option<string?>("--severity") { Description = "Only this one: info, warning or critical." };
        severity.AcceptOnlyFromAmong([.. FindingFilter.Severities]);
        var control = new Option<string?>("--control") { Description = "Only what breaks this control of a framework, e.g. OWASP-NHI1:2025 (README, Controls)." };
        var owner = new Option<string?>("--owner") { Description = "Only what this owner is told: an address or id." };
        var sort = new Option<string>("--sort") { Description = "score (the default), age or subject.", DefaultValueFactory = _ => "score" };
        sort.AcceptOnlyFromAmong([.. FindingFilter.Sorts]);
        var resolved = new Option<bool>("--resolved") { Description = "Those that are over, too." };
        var findings = asking(
            new Command("findings", "What breaks policy, and what to do. Exits 1 while one of them is open and more than info; --vault narrows it to one vault.") { signal, severity, control, owner, sort, resolved },
            (services, parsed, ct) =>
            {
                var host = Host(services, parsed);
                if (parsed.GetValue(signal) is { } name && !SignalNames.All.Contains(name))
                    throw new CliFailure($"There is no such signal. There are: {string.Join(", ", SignalNames.All)}.");
                if (parsed.GetValue(control) is { } asked && !FrameworkControls.All.Any(known => known.Id == asked))
                    throw new CliFailure($"No record names such a control. Known are: {string.Join(", ", FrameworkControls.All.Select(known => known.Id))}.");
                var filter = new FindingFilter(parsed.GetValue(signal), parsed.GetValue(severity), parsed.GetValue(control), parsed.GetValue(owner), host, parsed.GetValue(sort)!, parsed.GetValue(resolved));
                return FindingList.ReadAsync(services.GetRequiredService<IFindings>(), filter, ct);
            });
        findings.Add(Resolve());
        return findings;
    }

    private Command Resolve()
    {
        var subject = new Argument<string>("SUBJECT") { Description = "What the finding is about, as nhi findings shows it, or its key." };
        var signal = new Option<string>("--signal") { Description = $"Which one: {string.Join(", ", SignalNames.ClosedByPeople)}.", Required = true };
        return asking(
            new Command("resolve", "Says that what happened was dealt with, where no sweep can see that.") { subject, signal, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption },
            async (services, parsed, ct) =>
            {
                var request = await OperatorCommands.RequestAsync(services, parsed, "nhi findings resolve", true, ct);
                var closed = await services.GetRequiredService<FindingClosing>().ResolveAsync(parsed.GetRequiredValue(subject), parsed.GetRequiredValue(signal), request, ct);
                return new Answer(
                    new ResolvedShape(closed.Subject, closed.Signal, closed.Resolved!.Value, request.By, request.Reason, closed.Record!),
                    [Block.Lines($"{closed.Signal} of {closed.Subject} is closed by {request.By}", $"  record: {closed.Record}")]);
            });
    }

    private Command Owners()
    {
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "kv:host/name, vault/name or name; all unless said, or those of --vault." };
        return asking(new Command("owners", "Who answers for credentials, how sure that is, when it was confirmed, and when it is due again. Exits 1 where that is not known, since no sweep has seen the credential yet.") { name }, async (services, parsed, ct) =>
            await ActivatorUtilities.CreateInstance<OwnersReading>(services).ReadAsync(parsed.GetValue(name) is { } text ? await find(services, parsed, text, ct) : null, Host(services, parsed), ct));
    }

    /// <summary>What <c>--vault</c> says; null where it is not said.</summary>
    private string? Host(IServiceProvider services, ParseResult parsed) => parsed.GetValue(vault) is not { } said ? null
        : ActivatorUtilities.CreateInstance<CredentialNames>(services).HostOf(said) ?? throw new CliFailure("No vault of that name is in scope. nhi status lists what is known.");

    private Command Assign()
    {
        var (name, owner) = (Name(), new Argument<string>("OWNER") { Description = "An object id, a sign-in name, a mail address; best a group." });
        return asking(new Command("assign", "Names who answers for a credential.") { name, owner, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption }, async (services, parsed, ct) =>
            Of("assigned", await services.GetRequiredService<OwnerDesk>().AssignAsync(
                await find(services, parsed, parsed.GetRequiredValue(name), ct), parsed.GetRequiredValue(owner), await OperatorCommands.RequestAsync(services, parsed, "nhi owner assign", false, ct), ct)));
    }

    private Command Confirm()
    {
        var name = Name();
        return asking(new Command("confirm", "Confirms that a credential is needed and who is known answers for it: what the policy's attestEvery asks for.") { name, OperatorCommands.ReasonOption, OperatorCommands.ByOption, OperatorCommands.SessionOption }, async (services, parsed, ct) =>
            Of("confirmed", await services.GetRequiredService<OwnerDesk>().ConfirmAsync(
                await find(services, parsed, parsed.GetRequiredValue(name), ct), await OperatorCommands.RequestAsync(services, parsed, "nhi owner confirm", false, ct), ct)));
    }

    private static Argument<string> Name() => new("NAME") { Description = "kv:host/name, vault/name or name." };

    private static Answer Of(string state, OwnerWordGiven word) => new(
        new OwnerWordShape(word.Credential.ToString(), state, word.Owner.Id, word.Owner.Name, word.By, word.Record),
        [Block.Lines($"{word.Credential}: {word.Owner.Name ?? word.Owner.Id} is {state} as who answers for it", $"  record: {word.Record}")]);
}
