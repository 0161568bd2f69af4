using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Evidence;
using Nhi.Azure.Time;
using Nhi.Cli.Acting;
using Nhi.Cli.Output;
using Nhi.Cli.Reading;
using Nhi.Evidence.Index;
using Nhi.Evidence.Storage;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
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
        evidence.Add(Prove());
        evidence.Add(Hold());
        return [Verify(), Trace()];
    }

    private Command Verify()
    {
        var full = new Option<bool>("--full") { Description = "Everything; so it is unless another is said." };
        var quick = new Option<bool>("--quick") { Description = "The head alone: newest checkpoint, age of the newest seal." };
        var since = new Option<string[]>("--since") { Description = "A checkpoint that you saved: what came after it is verified, and that the log grew out of it. With --full: everything, and that too." };
        var save = new Option<string?>("--save") { Description = "Where to save the newest checkpoint, for --since, wherever the log's end holds, whatever else was found." };
        var noSignatures = new Option<bool>("--no-signatures") { Description = "Leaves out producers' signatures: checkpoints vouch for the same bytes." };
        var record = new Option<string?>("--record") { Description = "One record alone: its name in the log; with --proof, a file." };
        var proof = new Option<string?>("--proof") { Description = "A tlog-proof of --record: checked with the log's key alone, --producers-key is optional." };
        var index = new Option<bool>("--index") { Description = "The index alone, both ways: does it say what the records say? Each row that is missing, altered or of no record is named." };
        var known = new Option<string?>("--known") { Description = "A file of findings that were seen before: they are counted, and are no findings." };
        var writeKnown = new Option<string?>("--write-known") { Description = "Where to write what --known has and what is found now, for --known the next time." };
        var log = new LogOptions();
        var command = new Command("verify", "Was anything changed, is anything missing? Exits 1 with what, where and what to do.")
        {
            full, quick, since, record, proof, index, log.Folder, log.LogKey, log.ProducersKey, save, noSignatures, known, writeKnown,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(full) && result.GetValue(quick))
                result.AddError("--full and --quick exclude each other.");
            var (withLog, withProducers) = ((result.GetValue(log.LogKey) ?? []).Length > 0, (result.GetValue(log.ProducersKey) ?? []).Length > 0);
            if (withLog != withProducers && !(withLog && result.GetValue(proof) is not null))
                result.AddError("--log-key and --producers-key belong together.");
            if (result.GetValue(proof) is not null && (result.GetValue(record) is null || result.GetValue(log.Folder) is not null))
                result.AddError("--proof goes with --record, the record's own file, and with no --folder.");
            var whole = result.GetValue(full) || result.GetValue(quick) || result.GetValue(noSignatures) || (result.GetValue(since) ?? []).Length > 0 || result.GetValue(save) is not null || result.GetValue(known) is not null || result.GetValue(writeKnown) is not null;
            if (result.GetValue(record) is not null && (whole || result.GetValue(index)))
                result.AddError("--record stands alone, with --proof, --folder and keys.");
            if (result.GetValue(index) && (whole || withLog || result.GetValue(log.Folder) is not null))
                result.AddError("--index stands alone: it compares the table with the containers of the settings.");
        });
        return either(command, parsed => log.Suffice(parsed) || (parsed.GetValue(proof) is not null && log.HasLogKey(parsed)),
            (parsed, ct) => RunAsync(null, parsed, log.Given(parsed), TimeProvider.System, ct),
            async (services, parsed, ct) => parsed.GetValue(index)
                ? await CheckIndexAsync(services, ct)
                : await RunAsync(services, parsed, await log.KeysAsync(services, parsed, ct), services.GetRequiredService<GovernanceClock>(), ct));

        async Task<Answer> RunAsync(IServiceProvider? services, ParseResult parsed, TrustedKeys keys, TimeProvider clock, CancellationToken ct) => (parsed.GetValue(record), parsed.GetValue(proof)) switch
        {
            ({ } file, { } proven) => ProofCheck.Check(file, proven, keys),
            ({ } path, null) when OneRecord.Name(path) is var name => await log.WithPlacesAsync(services, parsed, places => OneRecord.Of(services, keys, clock).VerifyAsync(places, name, ct), ct),
            _ => await log.WithPlacesAsync(services, parsed, places => Of(parsed, keys, clock).RunAsync(places, ct), ct),
        };

        LogVerification Of(ParseResult parsed, TrustedKeys keys, TimeProvider clock)
        {
            var saved = parsed.GetValue(since) ?? [];
            return new LogVerification
            {
                Level = parsed.GetValue(quick) ? VerifyLevel.Quick : parsed.GetValue(full) || saved.Length == 0 ? VerifyLevel.Full : VerifyLevel.Delta,
                Keys = keys, Saved = saved, Save = parsed.GetValue(save), Signatures = !parsed.GetValue(noSignatures), Known = parsed.GetValue(known), WriteKnown = parsed.GetValue(writeKnown), Clock = clock,
            };
        }
    }

    /// <summary>Every record of every log is read, and the table's rows are held against what they yield.</summary>
    internal static async Task<Answer> CheckIndexAsync(IServiceProvider services, CancellationToken ct)
    {
        var clock = services.GetRequiredService<GovernanceClock>();
        var accounts = services.GetRequiredService<EvidenceAccounts>();
        var places = await EvidencePlace.OfAccountsAsync(accounts, services.GetRequiredService<ITileStores>(), services.GetRequiredService<IContainerPolicyState>(), clock.GetUtcNow(), ct);
        return await new LogVerification { Level = VerifyLevel.Delta, Keys = await TrustedKeys.AskAsync(accounts, ct), Clock = clock, Index = services.GetRequiredService<IEvidenceIndex>() }.RunAsync(places, ct);
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

    private Command Prove()
    {
        var path = new Argument<string>("PATH") { Description = "The record's name." };
        var file = new Option<string?>("--out") { Description = "Where to write the proof (.tlog-proof); else it is printed." };
        var record = new Option<string?>("--record-out") { Description = "Where to write the record's bytes, for whoever checks the proof." };
        var since = new Option<string[]>("--since") { Description = "A checkpoint that you saved: the proof leads into it, and not into the newest one." };
        var log = new LogOptions();
        var command = new Command("prove", "Proves that one record stands in the log, as a C2SP tlog-proof that anybody checks with the log's public key.") { path, since, file, record, log.Folder, log.LogKey, log.ProducersKey };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(log.LogKey) ?? []).Length == 0 != ((result.GetValue(log.ProducersKey) ?? []).Length == 0))
                result.AddError("--log-key and --producers-key belong together.");
        });
        return either(command, log.Suffice,
            (parsed, ct) => RunAsync(null, parsed, log.Given(parsed), TimeProvider.System, ct),
            async (services, parsed, ct) => await RunAsync(services, parsed, await log.KeysAsync(services, parsed, ct), services.GetRequiredService<GovernanceClock>(), ct));

        Task<Answer> RunAsync(IServiceProvider? services, ParseResult parsed, TrustedKeys keys, TimeProvider clock, CancellationToken ct)
        {
            var name = OneRecord.Name(parsed.GetRequiredValue(path));
            return log.WithPlacesAsync(services, parsed, places => OneRecord.Of(services, keys, clock).ProveAsync(places, name, parsed.GetValue(since) ?? [], parsed.GetValue(file), parsed.GetValue(record), ct), ct);
        }
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
