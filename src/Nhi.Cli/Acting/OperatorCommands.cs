using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Identities;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Cli.Verifying;
using Nhi.Governance.Credentials;
using Nhi.Governance.Operators;
using Nhi.Governance.Policies;

namespace Nhi.Cli.Acting;

/// <summary>Makes a command that asks the estate.</summary>
internal delegate Command AskingCommand(Command command, Func<IServiceProvider, ParseResult, CancellationToken, Task<Answer>> answer);

/// <summary>The commands by which people act. Each leaves evidence that names who asked.</summary>
internal sealed class OperatorCommands(AskingCommand asking, Func<IServiceProvider, ParseResult, string, CancellationToken, Task<CredentialId>> find)
{
    internal static readonly Option<string?> ByOption = new("--by") { Description = "Who asks, as evidence names it: the sign-in name of the token unless said. Whose token it is stands beside it." };
    internal static readonly Option<string?> SessionOption = new("--session") { Description = "The agent's session or the pipeline's run that this is a step of; NHI_SESSION of the environment unless said." };
    internal static readonly Option<string?> ReasonOption = new("--reason") { Description = "Why, in one line; it goes into evidence." };
    internal static readonly Option<string?> UntilOption = new("--until") { Description = "When it ends: 2026-03-31 or 2026-03-31T18:00Z, UTC." };
    internal static readonly Option<string?> ForOption = new("--for") { Description = "How long from now, ISO 8601: PT4H, P14D." };
    private static readonly Option<string?> HandleOption = new("--handle") { Description = "What the provider calls it: key id, slot or role." };
    private static readonly Option<string?> VersionOption = new("--version") { Description = "Which version of the secret." };
    private readonly Argument<string> _name = new("NAME") { Description = "kv:host/name, vault/name or name." };

    /// <summary>All of them; <c>hold</c> and <c>release</c> are below <paramref name="debts"/>.</summary>
    public IEnumerable<Command> All(Command debts)
    {
        debts.Add(Hold());
        debts.Add(Release());
        return [Emergency(), Rollback(), Adopt(), Pause(), Resume(), Rebuild()];
    }

    private Command Emergency() => asking(
        new Command("emergency", "A value is in wrong hands: marks it, rotates and kills it at once. Exits 1 while the timers still go on with it.") { _name, VersionOption, ReasonOption, ByOption, SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await RequestAsync(services, parsed, "nhi emergency", true, ct);
            return Told.Of(await services.GetRequiredService<EmergencyDesk>().MarkAsync(await NameAsync(services, parsed, ct), parsed.GetValue(VersionOption), request, ct));
        });

    private Command Rollback() => asking(
        new Command("rollback", "Publishes the predecessor again, if it still works.") { _name, ByOption, SessionOption },
        async (services, parsed, ct) =>
        {
            var id = await NameAsync(services, parsed, ct);
            return Told.Of(id, await services.GetRequiredService<RollbackDesk>().RollBackAsync(id, await RequestAsync(services, parsed, "nhi rollback", false, ct), ct));
        });

    private Command Adopt()
    {
        var name = new Argument<string>("NAME") { Description = "kv:host/name, vault/name or name; with --free also a resource's id." };
        var free = new Option<string?>("--free") { Description = "The slot or role that nobody uses." };
        return asking(
            new Command("adopt", "Names what nobody could find out: the handle of a version (--handle), or a free slot or role (--free).") { name, HandleOption, VersionOption, free, ReasonOption, ByOption, SessionOption },
            async (services, parsed, ct) =>
            {
                var desk = services.GetRequiredService<AdoptDesk>();
                var request = await RequestAsync(services, parsed, "nhi adopt", false, ct);
                var text = parsed.GetRequiredValue(name);
                return (parsed.GetValue(HandleOption), parsed.GetValue(free)) switch
                {
                    ({ } handle, null) => Told.Of(await desk.NameHandleAsync(await find(services, parsed, text, ct), parsed.GetValue(VersionOption), handle, request, ct)),
                    (null, { } place) when parsed.GetValue(VersionOption) is null => Told.Of(await desk.NameFreeAsync(await OpenerAsync(services, parsed, desk, text, ct), place, request, ct)),
                    _ => throw new CliFailure("Say what is named: --handle HANDLE (with --version), or --free PLACE."),
                };
            });
    }

    /// <summary>Ids of resources with slots or roles have more parts than a secret's name.</summary>
    private async Task<CredentialId> OpenerAsync(IServiceProvider services, ParseResult parsed, AdoptDesk desk, string text, CancellationToken ct)
    {
        if (text.StartsWith("kv:", StringComparison.Ordinal) || text.Split('/').Length <= 2)
            return await find(services, parsed, text, ct);
        return await desk.SecretOfAsync(text, ct) ?? throw new CliFailure("No secret that is known opens that resource. nhi show NAME prints a resource's id; name the secret instead.");
    }

    private Command Hold() => asking(
        new Command("hold", "Keeps what is owed alive for a while.") { _name, HandleOption, UntilOption, ForOption, ReasonOption, ByOption, SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await RequestAsync(services, parsed, "nhi debts hold", true, ct);
            var until = Until(services, parsed) ?? throw new CliFailure("Say until when: --until INSTANT, or --for DURATION.");
            return Told.Of("held", await services.GetRequiredService<DebtDesk>().HoldAsync(await NameAsync(services, parsed, ct), parsed.GetValue(HandleOption), until, request, ct));
        });

    private Command Release() => asking(
        new Command("release", "Lets go what was held.") { _name, HandleOption, ReasonOption, ByOption, SessionOption },
        async (services, parsed, ct) =>
        {
            var request = await RequestAsync(services, parsed, "nhi debts release", false, ct);
            return Told.Of("released", await services.GetRequiredService<DebtDesk>().ReleaseAsync(await NameAsync(services, parsed, ct), parsed.GetValue(HandleOption), request, ct));
        });

    private Command Pause()
    {
        var scope = Scope();
        return asking(
            new Command("pause", "Begins nothing in a scope. Repairs, emergencies and what has begun go on.") { scope, UntilOption, ForOption, ReasonOption, ByOption, SessionOption },
            async (services, parsed, ct) =>
            {
                var request = await RequestAsync(services, parsed, "nhi pause", true, ct);
                return Told.Of("paused", await services.GetRequiredService<PauseDesk>().PauseAsync(await ScopeAsync(services, parsed, scope, ct), Until(services, parsed), request, ct));
            });
    }

    private Command Resume()
    {
        var scope = Scope();
        return asking(
            new Command("resume", "Lifts a pause.") { scope, ReasonOption, ByOption, SessionOption },
            async (services, parsed, ct) =>
            {
                var request = await RequestAsync(services, parsed, "nhi resume", false, ct);
                return Told.Of("resumed", await services.GetRequiredService<PauseDesk>().ResumeAsync(await ScopeAsync(services, parsed, scope, ct), request, ct));
            });
    }

    private Command Rebuild()
    {
        var index = new Option<bool>("--index") { Description = "The evidence index alone." };
        var tables = new Option<bool>("--tables") { Description = "The working tables alone, from the index as it is." };
        var tiles = new Option<bool>("--tiles") { Description = "The tiles of the logs alone." };
        var check = new Option<bool>("--check") { Description = "Changes nothing: nhi verify --index. Exits 1 when the index is not what the records yield." };
        var command = new Command("rebuild", "Makes index and tables anew out of vaults, tags and evidence; the marker row last.") { index, tables, tiles, check };
        command.Validators.Add(result =>
        {
            var others = result.GetValue(index) || result.GetValue(tables);
            if (result.GetValue(check) && (others || result.GetValue(tiles)))
                result.AddError("--check stands alone: it changes nothing.");
            if (result.GetValue(tiles) && others)
                result.AddError("--tiles stands alone: run the others by themselves.");
        });
        return asking(command, async (services, parsed, ct) =>
        {
            if (parsed.GetValue(check))
                return await AuditCommands.CheckIndexAsync(services, ct);
            if (parsed.GetValue(tiles))
                return Told.OfTiles(await services.GetRequiredService<TilesRebuild>().RebuildAsync(ct));
            var (some, others) = (parsed.GetValue(index), parsed.GetValue(tables));
            return Told.Of(await services.GetRequiredService<TablesRebuild>().RunAsync(some || !others, others || !some, ct), others || !some);
        });
    }

    private Task<CredentialId> NameAsync(IServiceProvider services, ParseResult parsed, CancellationToken ct) => find(services, parsed, parsed.GetRequiredValue(_name), ct);

    private static Argument<string> Scope() => new("SCOPE") { Description = "*, a vault, or a credential (kv:host/name, vault/name)." };

    /// <summary>Whole vaults and everything are named as they are; what holds a slash is a credential.</summary>
    private async Task<string> ScopeAsync(IServiceProvider services, ParseResult parsed, Argument<string> scope, CancellationToken ct)
    {
        var text = parsed.GetRequiredValue(scope);
        if (text.Contains('/', StringComparison.Ordinal))
            return (await find(services, parsed, text, ct)).ToString();
        return ActivatorUtilities.CreateInstance<CredentialNames>(services).HostOf(text) ?? text;
    }

    /// <summary>Who asks for what, why, and in which session. Where no token says a name, the machine's user does.</summary>
    internal static async Task<OperatorRequest> RequestAsync(IServiceProvider services, ParseResult parsed, string what, bool needsReason, CancellationToken ct)
    {
        var caller = await services.GetRequiredService<CallerIdentity>().ReadAsync(ct);
        var by = parsed.GetValue(ByOption) ?? caller?.Name ?? (Environment.UserName is { Length: > 0 } user ? user : throw new CliFailure("Nobody is signed in here. Say who asks with --by."));
        var reason = parsed.GetResult(ReasonOption) is null ? null : parsed.GetValue(ReasonOption);
        var request = needsReason ? OperatorRequest.WithReason(what, by, reason) : OperatorRequest.Of(what, by, reason);
        return (request with { Caller = caller }).In(parsed.GetValue(SessionOption) ?? (Environment.GetEnvironmentVariable("NHI_SESSION") is { Length: > 0 } session ? session : null));
    }

    /// <summary>Null when neither is said. UTC, governance time.</summary>
    internal static DateTimeOffset? Until(IServiceProvider services, ParseResult parsed)
    {
        switch (parsed.GetValue(UntilOption), parsed.GetValue(ForOption))
        {
            case (null, null):
                return null;
            case ({ } until, null):
                return Instants.Read(until, "--until");
            case (null, { } span):
                var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
                return Iso8601Duration.TryParse(span, out var length, out var remedy) ? OnTheSecond(now + length) : throw new CliFailure($"--for is no duration. {remedy}");
            default:
                throw new CliFailure("--until and --for say the same. Give one of them.");
        }
    }

    private static DateTimeOffset OnTheSecond(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
