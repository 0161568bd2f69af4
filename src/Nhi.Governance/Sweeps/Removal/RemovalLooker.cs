using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Findings;
using Nhi.Governance.Sweeps.Owners;
using Nhi.Governance.Sweeps.Use;

namespace Nhi.Governance.Sweeps.Removal;

/// <summary>Reads what decides about a removal: list rights and tables, no value and nothing at a provider.</summary>
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
