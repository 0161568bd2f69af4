using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Deployments;
using Nhi.Azure.Settings;
using Nhi.Azure.Time;
using Nhi.Cli.Acting;
using Nhi.Cli.Deploying;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Cli.Reference;
using Nhi.Cli.Settings;
using Nhi.Cli.Verifying;
using Nhi.Evidence.Index;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;

namespace Nhi.Cli;

/// <summary>The commands of <c>nhi</c>, and what their exits mean.</summary>
internal sealed class CommandTree
{
    private static readonly Option<bool> JsonOption = new("--json") { Description = "Write JSON to standard output, and nothing else.", Recursive = true };
    private static readonly Option<string?> SettingsOption = new("--settings") { Description = "A flat JSON file of settings, or a local.settings.json.", Recursive = true };
    private static readonly Option<string?> EstateOption = new("--estate") { Description = "The folder of a local estate.", Recursive = true };
    private static readonly Option<string?> VaultOption = new("--vault") { Description = "Which vault a bare NAME is of, or an inventory is of: its host, or the first part of it.", Recursive = true };
    private readonly string[] _args;

    private CommandTree(string[] args) => _args = args;

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = new CommandTree(args).Root().Parse(args);
        if (parsed.Action is ParseErrorAction)
            return Fail($"{string.Join(" ", parsed.Errors.Select(error => Unquoted(error.Message, args)))} nhi --help shows what there is.", ExitCode.Usage);
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>All commands, for the reference's test.</summary>
    internal static RootCommand All => new CommandTree([]).Root();

    /// <summary>What was typed and is no word of ours may be a value that was pasted into the wrong place.</summary>
    private static string Unquoted(string message, IEnumerable<string> args) => args
        .SelectMany(arg => arg.StartsWith('-') && arg.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? [arg[(at + 1)..]] : (IEnumerable<string>)[arg])
        .Where(arg => arg.Length > 0 && !(arg.Length <= 16 && arg.All(c => char.IsAsciiLetterLower(c) || c == '-')))
        .OrderByDescending(arg => arg.Length)
        .Aggregate(message, (text, arg) => text.Replace(arg, $"[{arg.Length} characters]", StringComparison.Ordinal));

    private RootCommand Root()
    {
        var root = new RootCommand("Governs the credentials of non-human identities. Exits 0 fine, 1 findings, 2 usage, 3 failed, 42 a human has to act.") { JsonOption, SettingsOption, EstateOption, VaultOption };
        root.Add(Plain(new Command("kinds", "The kinds of credentials and the rights that each needs. Needs no settings."), (_, _) => Task.FromResult(KindList.Read())));
        root.Add(Policy());
        root.Add(Plan());
        root.Add(Asking(new Command("status", "Every credential, resource, debt and pause that is known."), (services, _, ct) => Reading(services).StatusAsync(ct)));
        root.Add(Named(new Command("show", "One credential: versions, debts, policy, records."), (services, id, ct) => Reading(services).ShowAsync(id, ct)));
        root.Add(Inventory());
        root.Add(Asking(new Command("vaults", "The vaults in scope: listed or discovered, when a sweep saw all of each, and which are left out."), (services, _, ct) => Inventoried(services).VaultsAsync(ct)));
        root.Add(Named(new Command("users", "Who read which version when, and which superseded versions may be revoked."), (services, id, ct) => ActivatorUtilities.CreateInstance<UsersReading>(services).ReadAsync(id, ct)));
        var debts = Asking(new Command("debts", "What is owed, held or left over."), (services, _, ct) => Reading(services).DebtsAsync(ct));
        root.Add(debts);
        foreach (var command in new OperatorCommands(Asking, FindAsync).All(debts))
            root.Add(command);
        foreach (var command in (Command[])[.. new NeglectCommands(Asking, FindAsync).All(), .. new OwnerCommands(Asking, FindAsync, VaultOption).All()])
            root.Add(command);
        var evidence = Evidence();
        foreach (var command in new AuditCommands(Asking, Either, FindAsync).All(evidence))
            root.Add(command);
        root.Add(evidence);
        foreach (var command in new DeployingCommands(Asking, Bare, VaultOption).All())
            root.Add(command);
        root.Add(Reference());
        return root;
    }

    private Command Inventory()
    {
        var kind = new Option<string?>("--kind") { Description = "Only secrets of that kind." };
        var command = new Command("inventory", "Every secret that the sweep has seen, of all vaults or of --vault, and what was not seen.") { kind };
        return Asking(command, (services, parsed, ct) =>
        {
            var vault = parsed.GetValue(VaultOption);
            var host = vault is null ? null : Names(services).HostOf(vault) ?? throw new CliFailure("--vault names no vault in scope. nhi vaults lists them.");
            return Inventoried(services).InventoryAsync(host, parsed.GetValue(kind), ct);
        });
    }

    private static InventoryReading Inventoried(IServiceProvider services) => ActivatorUtilities.CreateInstance<InventoryReading>(services);

    private Command Policy()
    {
        var file = new Argument<string>("FILE") { Description = "A policy in YAML." };
        var check = Bare(new Command("check", "Validates a policy. Needs no settings; with them also that it names nothing of the product's own.") { file }, (settings, parsed, ct) => PolicyCheck.ReadAsync(parsed.GetRequiredValue(file), settings.Own(), ct));
        var explain = Named(new Command("explain", "Which rule is in force for a credential, and why."), (services, id, ct) => Reading(services).ExplainAsync(id, ct));
        return new Command("policy", "The policy: check a text, explain what is in force.") { check, explain };
    }

    private Command Plan()
    {
        var name = new Argument<string?>("NAME") { Arity = ArgumentArity.ZeroOrOne, Description = "kv:host/name, vault/name or name." };
        var all = new Option<bool>("--all") { Description = "Every secret of every vault in scope." };
        return Asking(new Command("plan", "What would be done now. Changes nothing.") { name, all }, async (services, parsed, ct) =>
        {
            var names = Names(services);
            var text = parsed.GetValue(name);
            if (text is null != parsed.GetValue(all))
                throw new CliFailure("Say what to plan: a NAME, or --all.");
            var ids = text is null ? names.AllAsync(ct) : new[] { await FindAsync(services, parsed, text, ct) }.ToAsyncEnumerable();
            return await PlanList.ReadAsync(services.GetRequiredService<Governor>(), ids, ct);
        });
    }

    private Command Evidence()
    {
        var day = new Option<string?>("--day") { Description = "yyyy-MM-dd, UTC; today unless said." };
        var hour = new Option<string?>("--hour") { Description = "yyyy-MM-ddTHH, UTC." };
        var credential = new Option<string?>("--credential") { Description = "Those of one credential." };
        var owner = new Option<string?>("--owner") { Description = "Those that name this owner, as nhi owners shows it." };
        var session = new Option<string?>("--session") { Description = "The steps of a session that an agent or a pipeline named." };
        var action = new Option<string?>("--action") { Description = "Those of one action, e.g. credential.revoke, in the month of --month." };
        var month = new Option<string?>("--month") { Description = "With --action: yyyy-MM, UTC; this month unless said." };
        var path = new Argument<string>("PATH") { Description = "A record's name." };
        Option[] asked = [day, hour, credential, owner, session, action];
        var list = new Command("ls", "The names of records: of a day or an hour, out of the containers; of a credential, an owner, a session or an action, newest first, by the index.") { day, hour, credential, owner, session, action, month };
        list.Validators.Add(result =>
        {
            if (asked.Count(option => result.GetResult(option) is not null) > 1)
                result.AddError($"{string.Join(", ", asked.Select(option => option.Name))} exclude each other.");
            if (result.GetResult(month) is not null && result.GetResult(action) is null)
                result.AddError("--month goes with --action.");
        });
        var ls = Asking(list, async (services, parsed, ct) => (parsed.GetValue(hour), parsed.GetValue(credential), parsed.GetValue(owner), parsed.GetValue(session), parsed.GetValue(action)) switch
        {
            ({ } said, _, _, _, _) => await Records(services).ListHourAsync(Instants.ReadHour(said, "--hour"), ct),
            (_, { } name, _, _, _) => await Records(services).ListAsync(await FindAsync(services, parsed, name, ct), ct),
            (_, _, { } name, _, _) => await Records(services).ListOwnerAsync(name, ct),
            (_, _, _, { } name, _) => await Records(services).ListSessionAsync(name, ct),
            (_, _, _, _, { } name) => await Records(services).ListActionAsync(name, parsed.GetValue(month) is { } said ? Instants.ReadMonth(said, "--month") : null, ct),
            _ => await Records(services).ListDayAsync(parsed.GetValue(day) is { } said ? Instants.ReadDay(said, "--day") : null, ct),
        });
        var show = Asking(new Command("show", "One record, checked.") { path }, (services, parsed, ct) => Records(services).ShowAsync(parsed.GetRequiredValue(path), ct));
        var prepare = Asking(
            new Command("prepare", "Makes the containers of this year and the next two ready: README.txt, public keys, the policy, shard.first. Adds what is missing, changes nothing."),
            (services, _, ct) => ActivatorUtilities.CreateInstance<EvidencePreparing>(services, services.GetRequiredService<GovernanceClock>()).PrepareAsync(ct));
        return new Command("evidence", "The evidence log.") { ls, show, prepare };
    }

    private static CredentialNames Names(IServiceProvider services) => ActivatorUtilities.CreateInstance<CredentialNames>(services);

    private static EstateReading Reading(IServiceProvider services) => ActivatorUtilities.CreateInstance<EstateReading>(services);

    private static EvidenceReading Records(IServiceProvider services) => ActivatorUtilities.CreateInstance<EvidenceReading>(services, services.GetRequiredService<GovernanceClock>());

    private Command Named(Command command, Func<IServiceProvider, CredentialId, CancellationToken, Task<Answer>> answer)
    {
        var name = new Argument<string>("NAME") { Description = "kv:host/name, vault/name or name." };
        command.Add(name);
        return Asking(command, async (services, parsed, ct) => await answer(services, await FindAsync(services, parsed, parsed.GetRequiredValue(name), ct), ct));
    }

    private static Task<CredentialId> FindAsync(IServiceProvider services, ParseResult parsed, string text, CancellationToken ct)
    {
        var bare = !text.Contains('/', StringComparison.Ordinal);
        return parsed.GetValue(VaultOption) is not { } vault ? Names(services).FindAsync(text, ct)
            : bare ? Names(services).FindAsync($"{vault}/{text}", ct)
            : throw new CliFailure("--vault goes with a bare name: this one names its vault itself.");
    }

    /// <summary>For README's last section and the page of shapes; nobody else needs it.</summary>
    private static Command Reference()
    {
        var shapes = new Option<bool>("--shapes") { Description = "Prints src/Nhi.Cli/json.md instead." };
        var command = new Command("reference", "Prints README's reference section.") { shapes };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            Console.Out.Write(parsed.GetValue(shapes) ? ReferencePage.WriteJson() : ReferencePage.Write());
            return ExitCode.Fine;
        });
        return command;
    }

    /// <summary>A command that asks the estate: in this process, or in a child that starts with the estate's environment.</summary>
    private Command Asking(Command command, Func<IServiceProvider, ParseResult, CancellationToken, Task<Answer>> answer)
    {
        command.SetAction((parsed, ct) => GuardAsync(async () =>
        {
            var settings = EstateSettings.Of(parsed.GetValue(SettingsOption), parsed.GetValue(EstateOption));
            if (settings.NeedsAChild)
                return await settings.RunChildAsync(_args, ct);
            await using var services = settings.Open();
            await RefreshAsync(services, ct);
            return Tell(await answer(services, parsed, ct), parsed);
        }));
        return command;
    }

    /// <summary>What was discovered is in scope too. A state account that is down stops nobody: an emergency goes on with the vaults that are listed.</summary>
    private static async Task RefreshAsync(IServiceProvider services, CancellationToken ct)
    {
        try
        {
            await services.GetRequiredService<IVaultRegistry>().RefreshAsync(ct);
        }
        catch (ExternalCallException e)
        {
            await Console.Error.WriteLineAsync($"nhi: discovered vaults are not known now, only those of the settings: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>One that needs no settings where its options say all that it has to know.</summary>
    private Command Either(
        Command command, Func<ParseResult, bool> alone, Func<ParseResult, CancellationToken, Task<Answer>> plain, Func<IServiceProvider, ParseResult, CancellationToken, Task<Answer>> asking)
    {
        Asking(command, asking);
        var ask = (AsynchronousCommandLineAction)command.Action!;
        command.SetAction((parsed, ct) => alone(parsed) ? GuardAsync(async () => Tell(await plain(parsed, ct), parsed)) : ask.InvokeAsync(parsed, ct));
        return command;
    }

    /// <summary>A command that asks Azure Resource Manager as whoever is signed in: of the settings it needs the cloud alone.</summary>
    private Command Bare(Command command, Func<EstateSettings, ParseResult, CancellationToken, Task<Answer>> answer)
    {
        command.SetAction((parsed, ct) => GuardAsync(async () =>
        {
            var settings = EstateSettings.Of(parsed.GetValue(SettingsOption), parsed.GetValue(EstateOption));
            return settings.NeedsAChild ? await settings.RunChildAsync(_args, ct) : Tell(await answer(settings, parsed, ct), parsed);
        }));
        return command;
    }

    private static Command Plain(Command command, Func<ParseResult, CancellationToken, Task<Answer>> answer)
    {
        command.SetAction((parsed, ct) => GuardAsync(async () => Tell(await answer(parsed, ct), parsed)));
        return command;
    }

    private static int Tell(Answer answer, ParseResult parsed)
    {
        Screen.Write(answer, parsed.GetValue(JsonOption));
        return answer.Exit;
    }

    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (CliFailure e)
        {
            return Fail(e.Message, e.Exit);
        }
        catch (SettingsException e)
        {
            return Fail($"{e.Message} Set these in the environment, or name a file with --settings or an estate with --estate.", ExitCode.Usage);
        }
        catch (Exception e) when (e is PolicyException or ClockFileException or ExpectationException)
        {
            return Fail(e.Message, ExitCode.Usage);
        }
        catch (OperatorRefusedException e)
        {
            return Fail(e.Message, ExitCode.Failed);
        }
        catch (RowHeldException e)
        {
            return Fail($"{e.Message} Try again in a moment.", ExitCode.Failed);
        }
        catch (Exception e) when (e is ExternalCallException or EvidenceRefusedException or EvidenceStoreException or EvidenceIndexException or SigningException)
        {
            return Fail($"{e.Message} See to that, then run the same command again.", ExitCode.Failed);
        }
        catch (OperationCanceledException)
        {
            return Fail("Stopped before it was done. nhi status shows what is open.", ExitCode.Failed);
        }
#pragma warning disable CA1031 // A person gets one line whatever happened; the text of an exception that nobody foresaw may hold anything, so only its kind is told.
        catch (Exception e)
        {
            return Fail($"Something that nobody foresaw: {e.GetType().Name}. Run nhi status; if it happens again, report it with the command.", ExitCode.Failed);
        }
#pragma warning restore CA1031
    }

    private static int Fail(string message, int exit)
    {
        Console.Error.WriteLine($"nhi: {message.ReplaceLineEndings(" ")}");
        return exit;
    }
}
