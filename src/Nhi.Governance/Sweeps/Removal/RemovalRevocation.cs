using Nhi.Governance.Credentials;
using Nhi.Governance.Debts;
using Nhi.Governance.Kinds;
using Nhi.Governance.Rotation;
using Nhi.Governance.Rotation.Planning;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Plans the revocation, one handle an attempt, the current one last: with eyes open, as a debt is paid. What another secret holds is not killed, and what nobody knows the handle of waits for a person.</summary>
internal sealed class RemovalRevocation(ResourceLooker looker, IUseSignal use)
{
    /// <summary>The attempt, or what comes instead of it. Throws <see cref="ExternalCallException"/> where the resource cannot be read.</summary>
    public async Task<(RemovalAttempt? Attempt, RemovalMove? Instead)> NextAsync(RemovalTarget target, RemovalMove move, DateTimeOffset start, CancellationToken ct)
    {
        var look = target.Look;
        if (target is not { Rotator: IKill and IRotator rotator, Resource: { } resource })
            return (RemovalAttempts.WithoutKill(look, $"{move.Why}; nothing is known at a provider that could be killed", start), null);
        if (look.Findings.Any(finding => finding.Signal == SignalNames.ResourceGone))
            return (RemovalAttempts.WithoutKill(look, $"{move.Why}; its resource was found gone, and what it opened with it", start), null);
        var seen = await looker.LookAsync(resource, rotator, look.Credential.Id, new AttemptMemory(), [], DateTimeOffset.MinValue, ct);
        if (seen.Secrets.FirstOrDefault(secret => secret.Id == look.Credential.Id) is not { } secret || secret.Current.Version != look.Credential.Current.Version)
            return (null, RemovalMove.Wait("It changed while it was looked at."));
        return await NextAsync(look, move, seen, secret, start, ct);
    }

    /// <summary>True where it was read back as dead.</summary>
    public async Task<bool> IsDeadAsync(RemovalTarget target, string handle, CancellationToken ct) =>
        (await looker.LookAsync(target.Resource!, target.Rotator!, target.Look.Credential.Id, new AttemptMemory(), [], DateTimeOffset.MinValue, ct)).IsDead(handle) == true;

    private async Task<(RemovalAttempt?, RemovalMove?)> NextAsync(RemovalLook look, RemovalMove move, ResourceLook seen, SecretLook secret, DateTimeOffset start, CancellationToken ct)
    {
        var owed = secret.Credential.Versions.Where(version => !version.IsDead && RemovalTag.Of(version)?.Step != RemovalStep.Revoked).ToList();
        if (owed.FirstOrDefault(version => secret.HandleOf(version) is null) is { } unknown)
            return (null, RemovalMove.Wait($"Nobody knows what version {unknown.Version} opens. Name it: nhi adopt {secret.Id} --version {unknown.Version} --handle HANDLE."));
        foreach (var handle in owed.Select(secret.HandleOf).OfType<string>().Distinct(StringComparer.Ordinal).Where(handle => !move.Begun || seen.IsDead(handle) != true))
            if (await UsedAsync(seen, secret, handle, look.MissedSince(look.Tag!), ct) is { } used)
                return (null, Used(move, used, look.Tag!));
        // What the current version opens comes last: its tag says how far all of it is. What is dead already only needs its tag.
        return owed.Count == 0 ? (RemovalAttempts.WithoutKill(look, $"{move.Why}; {RevocationPlanner.FoundDead}", start), null)
            : owed.Where(version => secret.HandleOf(version) != secret.CurrentHandle).Select(secret.HandleOf).FirstOrDefault() is { } old ? Of(look, move, seen, secret, owed, old, start)
            : Of(look, move, seen, secret, owed, secret.CurrentHandle!, start);
    }

    private static RemovalMove Used(RemovalMove move, UseFact used, RemovalTag tag)
    {
        var why = $"its provider saw it used {(used.Last > tag.Quarantined ? "in quarantine" : "after its owner was told")}, at {used.Last:yyyy-MM-dd HH:mm}Z";
        return (move.Begun ? RemovalPlanner.Stopped(why) : new RemovalMove(RemovalVerbs.Restore, why)) with { Reads = [used] };
    }

    private static (RemovalAttempt?, RemovalMove?) Of(RemovalLook look, RemovalMove move, ResourceLook seen, SecretLook secret, List<CredentialVersion> owed, string handle, DateTimeOffset start)
    {
        var versions = owed.Where(version => secret.HandleOf(version) == handle).ToList();
        var dead = seen.IsDead(handle) == true;
        var holder = dead ? null : seen.Holders(handle).FirstOrDefault(other => other.Id != secret.Id);
        if (!dead && LeftScope.WhyNot(seen) is { } left)
            return (null, RemovalMove.Wait($"{left}. {LeftScope.Remedy(seen)}"));
        if (holder is { CurrentHandle: null, Credential.IsQuarantined: false })
            return (null, RemovalMove.Wait($"Nobody knows what {holder.Id} holds: it may be the same. Name it: nhi adopt {holder.Id} --handle HANDLE."));
        var why = $"{move.Why}{(dead ? $"; {RevocationPlanner.FoundDead}" : holder is not null ? $"; {holder.Id} holds the same, so it lives on there" : "")}";
        var buried = holder is null ? versions : [];
        return (new RemovalAttempt(RemovalVerbs.Revoke, why, op => [.. versions.Select(version => (version, Ended(look, version, handle, buried.Count > 0, start, op)))])
        {
            Kill = dead || holder is not null ? null : handle,
            Handle = handle,
            Buried = buried,
            Marked = [.. versions.Where(version => RemovalTag.Of(version)?.Step is RemovalStep.Quarantined or RemovalStep.Revoking)],
            Owed = (look.Tag!.Quarantined, look.Tag.NotBefore),
        }, null);
    }

    private static VersionUpdate Ended(RemovalLook look, CredentialVersion version, string handle, bool dead, DateTimeOffset start, string op) =>
        Tagged(version, RemovalAttempts.Revoked(look, start, op), dead ? look.Credential.TagOf(version) with { Op = version.Nhi?.Op ?? op, Dead = true, Handle = version.Nhi?.Handle is { } told and not Handle.Unknown ? told : handle } : null);

    private static VersionUpdate Tagged(CredentialVersion version, RemovalTag tag, NhiTag? nhi)
    {
        var tags = new Dictionary<string, string>(version.Tags) { [RemovalTag.Name] = tag.ToText() };
        if (nhi is not null)
            tags[NhiTag.Name] = nhi.ToText();
        return new VersionUpdate { Enabled = false, Tags = tags };
    }

    /// <summary>A consumer that remembers the value needs no vault.</summary>
    private async Task<UseFact?> UsedAsync(ResourceLook seen, SecretLook secret, string handle, DateTimeOffset since, CancellationToken ct) =>
        await use.LastUseAsync(seen.Resource, handle, [.. secret.Credential.Versions.Where(version => secret.HandleOf(version) == handle).Select(version => new SupersededVersion(secret.Id, version.Version, since))], ct) is { Reported: true, At: { } at } last && at > since
            ? new UseFact(secret.Id, secret.Current.Version, "somebody who remembers it", null, at, at, 1, last.Source ?? "provider")
            : null;
}
