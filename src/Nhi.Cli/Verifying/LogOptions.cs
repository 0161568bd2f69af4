using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Azure.Evidence;
using Nhi.Azure.Time;
using Nhi.Cli.Output;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Tiles;
using Nhi.Evidence.Verification;
using Nhi.Evidence.Verification.Reading;

namespace Nhi.Cli.Verifying;

/// <summary>The options that say where a log is and which keys are trusted; without them, the settings do.</summary>
internal sealed class LogOptions
{
    public Option<string?> Folder { get; } = new("--folder") { Description = "A download: a container's folder, the folder above several, or a zip." };

    public Option<string[]> LogKey { get; } = new("--log-key") { Description = "The log's public key (PEM or verifier key), had from outside the log; else the key vault is asked." };

    public Option<string[]> ProducersKey { get; } = new("--producers-key") { Description = "The public key that certified producers (PEM); FILE@INSTANT for a version that ended: what it certified counts in blobs that were created before." };

    public bool HasLogKey(ParseResult parsed) => (parsed.GetValue(LogKey) ?? []).Length > 0;

    public bool HasKeys(ParseResult parsed) => HasLogKey(parsed) && (parsed.GetValue(ProducersKey) ?? []).Length > 0;

    /// <summary>True when the options say all that there is to know: no settings are needed.</summary>
    public bool Suffice(ParseResult parsed) => parsed.GetValue(Folder) is not null && HasKeys(parsed);

    public TrustedKeys Given(ParseResult parsed) => TrustedKeys.Read(parsed.GetValue(LogKey) ?? [], parsed.GetValue(ProducersKey) ?? []);

    /// <summary>The keys that were given, else the key vault's. Throws <see cref="SigningException"/>.</summary>
    public async Task<TrustedKeys> KeysAsync(IServiceProvider services, ParseResult parsed, CancellationToken ct) =>
        HasKeys(parsed) ? Given(parsed) : await TrustedKeys.AskAsync(services.GetRequiredService<EvidenceAccounts>(), ct);

    /// <summary>Does something with the logs that were named: those of <c>--folder</c>, else those of the settings.</summary>
    public async Task<Answer> WithPlacesAsync(IServiceProvider? services, ParseResult parsed, Func<IReadOnlyList<EvidencePlace>, Task<Answer>> act, CancellationToken ct)
    {
        if (parsed.GetValue(Folder) is not { } path)
        {
            var known = services ?? throw new CliFailure("Name a download with --folder, or give settings.");
            return await act(await EvidencePlace.OfAccountsAsync(
                known.GetRequiredService<EvidenceAccounts>(), known.GetRequiredService<ITileStores>(), known.GetRequiredService<IContainerPolicyState>(), known.GetRequiredService<GovernanceClock>().GetUtcNow(), ct));
        }

        if (!Directory.Exists(path) && !File.Exists(path))
            throw new CliFailure($"There is no folder and no zip '{path}'. Name the folder that holds log/ and records/, the folder above it, or a zip of one of them.");
        using var export = await ExportedLogs.OpenAsync(path, ct);
        return await act(EvidencePlace.Of(export));
    }
}
