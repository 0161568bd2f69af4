using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Reads what decides about a removal: lists and tables, nothing at a provider, and what is current once more right before a secret is taken away.</summary>
internal sealed class RemovalLooker(ICredentialVault vault, IPolicySource policies, PolicySubjects subjects, ProductIdentities own, IFindings findings, IUseFacts use, IPauses pauses, IOwnerBook owners, bool isHeard = true)
{
    /// <summary>Whether anybody would hear what is told.</summary>
    public bool IsHeard => isHeard;

    /// <summary>Null where there is no such secret, or it is the product's own. Throws <see cref="ExternalCallException"/>.</summary>
    /// <param name="id">The credential.</param>
    /// <param name="history">What was said about it.</param>
    /// <param name="now">UTC; null: as the vault answers.</param>
    /// <param name="asked">What a person asks for.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<RemovalTarget?> LookAsync(CredentialId id, RemovalHistory history, DateTimeOffset? now, string? asked, CancellationToken ct)
    {
        if (Credential.Of(id, await vault.ListVersionsAsync(id, ct)) is not { } credential)
            return null;
        var rotator = subjects.ResourceOf(credential, out var resource);
        if (own.Owns(id, resource?.Id))
            return null;
        var subject = subjects.Of(credential);
        var policy = (await policies.CurrentAsync(ct)).For(subject);
        var at = now ?? credential.Seen;
        var look = new RemovalLook
        {
            Credential = credential,
            Policy = policy,
            Findings = await findings.OfAsync(id.ToString(), ct),
            History = history,
            Now = at,
            Asked = asked,
            IsHeard = isHeard,
        };
        string? told = null;
        if (look.Tag is not null || history.Standing is not null || (look.MayRemove && look.Leading.Count > 0))
        {
            told = (await owners.FindAsync(id, ct))?.Told;
            look = look with { Reads = await ReadsAsync(id, ct), Known = await use.KnownAsync(id.Vault, ct), Paused = await PausedAsync(id, at, ct) };
        }

        return new RemovalTarget(look, told ?? subject.Owner ?? policy.Owner, subject.Kind, rotator, resource);
    }

    /// <summary>
    /// The same by what a read shows, for what takes a secret away: its list lags, and does not order versions of one second. Null where the list does not show yet what is current: by the next run it will.
    /// Throws <see cref="ExternalCallException"/>.
    /// </summary>
    public async Task<RemovalTarget?> ReadAsync(RemovalTarget seen, CancellationToken ct)
    {
        var listed = seen.Look.Credential;
        if (await vault.ReadAsync(listed.Id, null, ct) is not { } now || listed.Versions.FirstOrDefault(version => version.Version == now.Version.Version) is not { } known)
            return null;
        // A disabled version is told by the list itself: which one is current, only an enabled one says.
        var tells = now.Value is not null;
        if (known.Enabled != tells || (!tells && listed.Current.Enabled && !listed.IsTied))
            return null;
        return seen with { Look = seen.Look with { Credential = Credential.Of(listed.Id, new VersionList(listed.Versions, listed.Seen).With(now.Version), tells ? now.Version.Version : null)! } };
    }

    private async Task<IReadOnlyList<UseFact>> ReadsAsync(CredentialId id, CancellationToken ct)
    {
        List<UseFact> reads = [];
        await foreach (var read in use.OfAsync(id, ct))
            reads.Add(read);
        return reads;
    }

    private async Task<string?> PausedAsync(CredentialId id, DateTimeOffset now, CancellationToken ct) =>
        (await pauses.CurrentAsync(ct)).FirstOrDefault(pause => pause.Covers(id, now)) is { } pause ? $"Paused by {pause.By}: {pause.Reason}" : null;
}

/// <summary>A credential with what decides about its removal, who owns it, and what it opens as far as tags say.</summary>
internal sealed record RemovalTarget(RemovalLook Look, string? Owner, string? Kind, IRotator? Rotator, GovernedResource? Resource)
{
    /// <summary>Whose row its steps are done under: its resource's, else one of its own.</summary>
    public ResourceId Row => Resource?.Id ?? RowOf(Look.Credential.Id);

    public static ResourceId RowOf(CredentialId id) => new(id.ToString());

    /// <summary>How long a request may land late.</summary>
    public TimeSpan SettleWindow => Rotator?.Kind.SettleWindow ?? TimeSpan.FromMinutes(10);
}
