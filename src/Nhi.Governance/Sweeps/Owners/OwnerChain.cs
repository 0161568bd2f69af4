using Nhi.Governance.Credentials;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>Who answers for a credential: asks every source that there is, each failing alone, and chooses (reference D 33).</summary>
public static class OwnerChain
{
    /// <summary>Where nobody who is there and answers is as sure as this, the Activity Log is asked: it is slow, and knows who pressed a button and not who answers.</summary>
    private const int Sure = 50;

    /// <param name="subject">The credential with its tags.</param>
    /// <param name="resource">What it opens, where that is known.</param>
    /// <param name="policy">The policy in force for it.</param>
    /// <param name="said">What persons said.</param>
    /// <param name="directory">Who is asked.</param>
    /// <param name="now">UTC, governance time.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<OwnerResolution> ResolveAsync(PolicySubject subject, ResourceId? resource, EffectivePolicy policy, OwnerEntry? said, IOwnerDirectory directory, DateTimeOffset now, CancellationToken ct)
    {
        var asked = new Asked(directory, ct);
        List<OwnerCandidate> found = [];
        foreach (var claim in Said(subject, policy, said))
            found.Add(await asked.CandidateAsync(claim));
        if (ArmIdOf(resource) is { } arm)
        {
            await asked.TagsAsync(arm, OwnerSources.ResourceTag, found);
            if (GroupOf(arm) is { } group)
                await asked.TagsAsync(group, OwnerSources.GroupTag, found);
        }

        if (ApplicationOf(resource) is { } application)
            await asked.OwnersAsync(application, found);
        if (ArmIdOf(resource) is { } made && !found.Any(candidate => candidate is { Left: false, Type: not OwnerChoice.Service, Confidence: >= Sure }))
            await asked.CreatorAsync(made, now, found);
        return new OwnerResolution(OwnerChoice.Of(found), asked.Failed);
    }

    /// <summary>The client id of the application that a resource is, or null.</summary>
    public static string? ApplicationOf(ResourceId? resource) =>
        resource is { Value: { } id } && id.StartsWith("entra:", StringComparison.Ordinal) && Guid.TryParseExact(id["entra:".Length..], "D", out var application) ? application.ToString("D") : null;

    private static IEnumerable<OwnerClaim> Said(PolicySubject subject, EffectivePolicy policy, OwnerEntry? said)
    {
        // The later word of a person counts: whoever confirmed an owner before another was named did not confirm that one.
        if (said?.Assigned is { } assigned)
            yield return new OwnerClaim(assigned.Owner, OwnerSources.Assigned);
        if (said?.Confirmed is { } confirmed && !(said.Assigned?.At >= confirmed.At))
            yield return new OwnerClaim(confirmed.Owner, OwnerSources.Confirmed);
        foreach (var name in OwnerText.Read(subject.Owner))
            yield return new OwnerClaim(name, OwnerSources.Tag);
        foreach (var name in OwnerText.Read(policy.Owner))
            yield return new OwnerClaim(name, OwnerSources.Policy);
    }

    private static string? ArmIdOf(ResourceId? resource) => resource is { Value: { } id } && id.StartsWith("/subscriptions/", StringComparison.Ordinal) ? id : null;

    private static string? GroupOf(string armId) =>
        armId.Split('/') is ["", "subscriptions", var subscription, "resourcegroups", var group, ..] ? $"/subscriptions/{subscription}/resourcegroups/{group}" : null;

    /// <summary>Asks, and keeps what could not be asked.</summary>
    private sealed class Asked(IOwnerDirectory directory, CancellationToken ct)
    {
        public List<string> Failed { get; } = [];

        public async Task TagsAsync(string armId, string via, List<OwnerCandidate> found)
        {
            foreach (var name in OwnerText.Of(await TryAsync(via, () => directory.TagsAsync(armId, ct))))
                found.Add(await CandidateAsync(new OwnerClaim(name, via)));
        }

        public async Task OwnersAsync(string application, List<OwnerCandidate> found)
        {
            foreach (var owner in await TryAsync(OwnerSources.Application, () => directory.ApplicationOwnersAsync(application, ct)) ?? [])
                found.Add(await CandidateAsync(new OwnerClaim(owner, OwnerSources.Application)));
        }

        public async Task CreatorAsync(string armId, DateTimeOffset now, List<OwnerCandidate> found)
        {
            if (OwnerText.Read(await TryAsync(OwnerSources.Creator, () => directory.CreatorAsync(armId, now, ct))) is [var creator, ..])
                found.Add(await CandidateAsync(new OwnerClaim(creator, OwnerSources.Creator)));
        }

        /// <summary>A name that no directory knows stays what it is; an object id that it does not know any more has left.</summary>
        public async Task<OwnerCandidate> CandidateAsync(OwnerClaim claim)
        {
            var known = OwnerText.MayBeKnown(claim.Name) ? await TryAsync($"the directory about {claim.Via}", () => directory.FindAsync(claim.Name, ct)) : null;
            return known is null or { State: PrincipalState.Unknown }
                ? new OwnerCandidate(OwnerChoice.Text, claim.Name, null, claim.Via, OwnerSources.Confidence(claim.Via))
                : Of(known, claim.Via);
        }

        private static OwnerCandidate Of(Principal principal, string via) => new(
            principal.Type.ToString().ToLowerInvariant(), principal.Id, principal.Name, via, OwnerSources.Confidence(via), principal.State is PrincipalState.Disabled or PrincipalState.Deleted);

        private async Task<T?> TryAsync<T>(string what, Func<Task<T>> ask)
        {
            try
            {
                return await ask();
            }
            catch (ExternalCallException)
            {
                Failed.Add(what);
                return default;
            }
        }
    }
}

/// <summary>The answer, and the sources that could not be asked: where there are any, "nobody" says nothing.</summary>
public sealed record OwnerResolution(OwnerAnswer Answer, IReadOnlyList<string> NotAsked)
{
    public bool IsWhole => NotAsked.Count == 0;
}
