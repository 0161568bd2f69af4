using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Evidence;
using Nhi.Azure.Time;
using Nhi.Cli.Acting;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;
using Nhi.Governance.Credentials;

namespace Nhi.Cli.Verifying;

/// <summary>Makes a command that asks the estate, or, where its options say so, needs no settings at all.</summary>
internal delegate Command EitherCommand(
    Command command, Func<ParseResult, bool> alone, Func<ParseResult, CancellationToken, Task<Answer>> plain, Func<IServiceProvider, ParseResult, CancellationToken, Task<Answer>> asking);

/// <summary>The commands of an auditor: verify, trace, and what <c>nhi evidence</c> has beyond reading.</summary>
internal sealed class AuditCommands(AskingCommand asking, EitherCommand either, Func<IServiceProvider, ParseResult, string, CancellationToken, Task<CredentialId>> find)
{
    public IEnumerable<Command> All(Command evidence)
    {
        evidence.Add(Export());
        evidence.Add(Hold());
        return [Verify(), Trace()];
    }

    private Command Verify()
    {
        var full = new Option<bool>("--full") { Description = "Everything; so it is unless another is said." };
        var quick = new Option<bool>("--quick") { Description = "The head alone: newest checkpoint, age of the newest seal." };
        var since = new Option<string[]>("--since") { Description = "A checkpoint that you saved: what came after it is verified, and that the log grew out of it. With --full: everything, and that too." };
        var folder = new Option<string?>("--folder") { Description = "A download: a container's folder, the folder above several, or a zip." };
        var logKey = new Option<string[]>("--log-key") { Description = "The log's public key (PEM or verifier key), had from outside the log; else the key vault is asked." };
        var producersKey = new Option<string[]>("--producers-key") { Description = "The public key that certified producers (PEM)." };
        var save = new Option<string?>("--save") { Description = "Where to save the newest checkpoint, for --since, when all is well." };
        var noSignatures = new Option<bool>("--no-signatures") { Description = "Leaves out producers' signatures: checkpoints vouch for the same bytes." };
        var command = new Command("verify", "Was anything changed, is anything missing? Exits 1 with what, where and what to do.") { full, quick, since, folder, logKey, producersKey, save, noSignatures };
        command.Validators.Add(result =>
        {
            if (result.GetValue(full) && result.GetValue(quick))
                result.AddError("--full and --quick exclude each other.");
            if ((result.GetValue(logKey) ?? []).Length == 0 != ((result.GetValue(producersKey) ?? []).Length == 0))
                result.AddError("--log-key and --producers-key belong together.");
        });
        return either(command, parsed => parsed.GetValue(folder) is not null && HasKeys(parsed),
            (parsed, ct) => ExportAsync(Of(parsed, Given(parsed), TimeProvider.System), parsed.GetRequiredValue(folder)!, ct),
            async (services, parsed, ct) =>
            {
                var accounts = services.GetRequiredService<EvidenceAccounts>();
                var keys = HasKeys(parsed) ? Given(parsed) : await TrustedKeys.AskAsync(accounts, ct);
                var clock = services.GetRequiredService<GovernanceClock>();
                if (parsed.GetValue(folder) is { } path)
                    return await ExportAsync(Of(parsed, keys, clock), path, ct);
                return await Of(parsed, keys, clock).RunAsync(await EvidencePlace.OfAccountsAsync(accounts, services.GetRequiredService<ITileStores>(), clock.GetUtcNow(), ct), ct);
            });

        static async Task<Answer> ExportAsync(LogVerification verification, string path, CancellationToken ct)
        {
            if (!Directory.Exists(path) && !File.Exists(path))
                throw new CliFailure($"There is no folder and no zip '{path}'. Name the folder that holds log/ and records/, the folder above it, or a zip of one of them.");
            using var export = await ExportedLogs.OpenAsync(path, ct);
            return await verification.RunAsync(EvidencePlace.Of(export), ct);
        }

        bool HasKeys(ParseResult parsed) => (parsed.GetValue(logKey) ?? []).Length > 0;

        TrustedKeys Given(ParseResult parsed) => TrustedKeys.Read(parsed.GetRequiredValue(logKey), parsed.GetRequiredValue(producersKey));

        LogVerification Of(ParseResult parsed, TrustedKeys keys, TimeProvider clock)
        {
            var saved = parsed.GetValue(since) ?? [];
            return new LogVerification
            {
                Level = parsed.GetValue(quick) ? VerifyLevel.Quick : parsed.GetValue(full) || saved.Length == 0 ? VerifyLevel.Full : VerifyLevel.Delta,
                Keys = keys, Saved = saved, Save = parsed.GetValue(save), Signatures = !parsed.GetValue(noSignatures), Clock = clock,
            };
        }
    }

    private Command Trace()
    {
        var what = new Argument<string>("NAME|OP") { Description = "A credential (kv:host/name, vault/name or name), or an attempt's 26 characters." };
        var at = new Option<string?>("--at") { Description = "The instant to tell of: 2026-03-31T18:00Z or 2026-03-31, UTC." };
        return asking(new Command("trace", "What was valid when, who or what changed it, under which policy: from records alone.") { what, at }, async (services, parsed, ct) =>
        {
            var reading = ActivatorUtilities.CreateInstance<TraceReading>(services);
            var text = parsed.GetRequiredValue(what);
            if (TraceReading.IsAttempt(text) && parsed.GetValue(at) is null)
                return await reading.AttemptAsync(text, ct);
            return await reading.CredentialAsync(await find(services, parsed, text, ct), parsed.GetValue(at) is { } said ? Instants.Read(said, "--at") : null, ct);
        });
    }

    private Command Export()
    {
        var folder = new Argument<string>("DIR") { Description = "Where to; the same command goes on where it was stopped." };
        var year = new Option<int?>("--year") { Description = "The containers of one year alone." };
        return asking(new Command("export", "Downloads the containers as folders, to be verified anywhere.") { folder, year }, async (services, parsed, ct) =>
        {
            var stores = await StoresAsync(services, ct);
            var wanted = parsed.GetValue(year) is { } said ? stores.Where(one => one.Folder.EndsWith($"-{said}", StringComparison.Ordinal)) : stores;
            return await EvidenceDownload.RunAsync([.. wanted], parsed.GetRequiredValue(folder), ct);
        });
    }

    private Command Hold()
    {
        var tag = new Option<string>("--tag") { Description = "The hold's name, e.g. a case number: 3 to 23 lower-case letters and digits.", Required = true };
        var from = new Option<string>("--from") { Description = "The first day, yyyy-MM-dd, UTC.", Required = true };
        var to = new Option<string>("--to") { Description = "The last day, yyyy-MM-dd, UTC.", Required = true };
        return asking(new Command("legal-hold", "Shows what a legal hold for some days would cover, and the command that sets it. Sets nothing.") { tag, from, to }, async (services, parsed, ct) =>
            await LegalHold.ShowAsync(
                [.. (await StoresAsync(services, ct)).Select(one => one.Store)], parsed.GetRequiredValue(tag), Instants.ReadDay(parsed.GetRequiredValue(from), "--from"), Instants.ReadDay(parsed.GetRequiredValue(to), "--to"), ct));
    }

    /// <summary>The containers of both accounts, oldest first, with the folder that each is exported to.</summary>
    private static async Task<List<(string Folder, IEvidenceStore Store)>> StoresAsync(IServiceProvider services, CancellationToken ct)
    {
        var accounts = services.GetRequiredService<EvidenceAccounts>();
        List<(string, IEvidenceStore)> stores = [.. (await accounts.Primary.AllAsync(ct)).Select(store => (Container(store), store))];
        if (accounts.Secondary is { } secondary)
            stores.AddRange((await secondary.AllAsync(ct)).Select(store => ("secondary-" + Container(store), store)));
        return [.. stores.OrderBy(one => one.Item1, StringComparer.Ordinal)];
    }

    private static string Container(IEvidenceStore store) => store.Origin[(store.Origin.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
