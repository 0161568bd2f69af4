using Nhi.Azure.Settings;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Sweeps.Events;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Cli.Deploying;

/// <summary>A part to look at. <paramref name="Look"/>: what was found; it throws where the part fails. <paramref name="IfRefused"/>: why a refusal may be as it should; null where it never is.</summary>
internal sealed record PartLook(string Name, string Remedy, Func<CancellationToken, Task<Found>> Look, string? IfRefused = null);

/// <summary><paramref name="Warns"/>: it works, and somebody has to see to it all the same.</summary>
internal sealed record Found(string Detail, bool Warns = false);

/// <summary>Parts without which a rotation, a sweep or a finding fails, though tables and evidence are well.</summary>
internal sealed class OuterParts(
    NhiSettings settings, IStaging staging, IFingerprints fingerprints, IDeadLetters deadLetters, IEnumerable<IPlatformLog> logs, IOwnerDirectory directory, IVaultDiscovery discovery, IVaultRegistry vaults, TimeProvider clock)
{
    private const string Differs = "nhi doctor --deployment names what differs.";
    private const string EnforceAlone = "only the stage enforce needs it";

    /// <summary>No rotation has this id, and nobody this object id: an answer says that there is none.</summary>
    private const string NoRotation = "00000000000000000000000000";
    private const string Nobody = "00000000-0000-0000-0000-000000000001";

    /// <summary>Azure writes the log of an hour within some minutes of it.</summary>
    private static readonly TimeSpan _recently = TimeSpan.FromDays(1);

    public IEnumerable<PartLook> All()
    {
        yield return new("fingerprint key", $"See to the own vault's network and to the secret nhi-fingerprint-key there (infra/prepare.sh makes it once): {Differs}", FingerprintKeyAsync, EnforceAlone);
        yield return new("staging vault", $"See to the staging vault's network, and that it is there: {Differs}", StagingAsync, EnforceAlone);
        if (settings.Storage.DeadLetters is not null)
            yield return new("dead letters", $"Without them nobody is told of events that were lost. See to the host account's network and to the right to read that container: {Differs}", DeadLettersAsync);
        foreach (var log in logs)
            yield return new($"audit {log.Name}", $"What is not in the log, use and ungoverned changes, is not seen. See to the diagnostic settings of the vaults: {Differs}", ct => LogAsync(log, ct));
        yield return new("directory", "Owners and applications are not asked for. Give the watcher the permissions of Microsoft Graph in infra/README.md, if you want them to be.", DirectoryAsync, "owners are then taken from tags alone");
        if (settings.Discovery is not null)
            yield return new("vault discovery", "See to Nhi__Discovery and to the watcher's right to list vaults there: infra/README.md, discovery.", DiscoveryAsync);
    }

    private async Task<Found> FingerprintKeyAsync(CancellationToken ct)
    {
        await fingerprints.OfAsync(new SecretMaterial("nhi doctor"), ct);
        return new Found("readable");
    }

    private async Task<Found> StagingAsync(CancellationToken ct)
    {
        await staging.ReadAsync(NoRotation, ct);
        return new Found("readable");
    }

    private async Task<Found> DeadLettersAsync(CancellationToken ct)
    {
        await foreach (var _ in deadLetters.SinceAsync(DateTimeOffset.MinValue, ct))
            return new Found("readable, not empty");
        return new Found("readable, empty");
    }

    /// <summary>A vault that writes to another of the places is not silent.</summary>
    private async Task<Found> LogAsync(IPlatformLog log, CancellationToken ct)
    {
        List<string> silent = [];
        foreach (var governed in vaults.All)
            if (!await IsHeardAsync(log, governed.Host, ct) && !await IsHeardElsewhereAsync(log, governed.Host, ct))
                silent.Add(governed.Host);
        return silent.Count == 0
            ? new Found($"of {vaults.All.Count} vault(s), within a day")
            : new Found($"readable, but nothing of the last day of {string.Join(", ", silent.Take(5))}{(silent.Count > 5 ? $" and {silent.Count - 5} more" : "")}", Warns: true);
    }

    private async Task<bool> IsHeardAsync(IPlatformLog log, string host, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await log.PartsAsync(host, now - _recently, now, ct).AnyAsync(ct);
    }

    /// <summary>A place that cannot be read is a part of its own, and fails there.</summary>
    private async Task<bool> IsHeardElsewhereAsync(IPlatformLog log, string host, CancellationToken ct)
    {
        foreach (var other in logs.Where(other => other != log))
            try
            {
                if (await IsHeardAsync(other, host, ct))
                    return true;
            }
            catch (ExternalCallException)
            {
            }

        return false;
    }

    private async Task<Found> DirectoryAsync(CancellationToken ct)
    {
        await directory.FindAsync(Nobody, ct);
        return new Found("answers");
    }

    private async Task<Found> DiscoveryAsync(CancellationToken ct) => new($"{await discovery.CountAsync(ct)} vault(s) to be found");
}
