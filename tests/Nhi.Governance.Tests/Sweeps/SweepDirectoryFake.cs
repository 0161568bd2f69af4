using System.Collections.Concurrent;
using Nhi.Governance.Credentials;
using Nhi.Governance.Sweeps.Owners;

namespace Nhi.Governance.Tests.Sweeps;

/// <summary>A tenant in memory; parts of it can be down.</summary>
internal sealed class SweepDirectoryFake : IOwnerDirectory
{
    /// <summary>By object id and by address.</summary>
    public Dictionary<string, Principal> Principals { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, string[]> ApplicationOwners { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, Dictionary<string, string>> Tags { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, string> Creators { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, PrincipalState> Workloads { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, RoleGrant[]> Roles { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of methods that do not answer.</summary>
    public HashSet<string> Down { get; } = new(StringComparer.Ordinal);

    /// <summary>Single questions that are refused.</summary>
    public HashSet<(string Method, string What)> Refused { get; } = [];
    public Action<string>? OnAsk { get; set; }
    public ConcurrentQueue<string> Asked { get; } = [];

    public void Add(Principal principal)
    {
        Principals[principal.Id] = principal;
        if (principal.Name is { } name)
            Principals[name] = principal;
    }

    public Task<Principal> FindAsync(string principal, CancellationToken ct) => AnswerAsync(nameof(FindAsync), principal,
        () => Principals.GetValueOrDefault(principal) ?? new Principal(principal, PrincipalType.User, Guid.TryParse(principal, out _) ? PrincipalState.Deleted : PrincipalState.Unknown));

    public Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct) => AnswerAsync<IReadOnlyList<string>>(nameof(ApplicationOwnersAsync), applicationId, () => ApplicationOwners.GetValueOrDefault(applicationId) ?? []);

    public Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct) => AnswerAsync<IReadOnlyDictionary<string, string>?>(nameof(TagsAsync), armId, () => Tags.GetValueOrDefault(armId));

    public Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct) => AnswerAsync(nameof(CreatorAsync), armId, () => Creators.GetValueOrDefault(armId));

    public Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct) => AnswerAsync(nameof(WorkloadAsync), workload, () => Workloads.GetValueOrDefault(workload, PrincipalState.Deleted));

    public Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct) => AnswerAsync(nameof(RolesAsync), applicationId, () => new IdentityRoles(applicationId, Roles.GetValueOrDefault(applicationId) ?? []));

    private Task<T> AnswerAsync<T>(string method, string what, Func<T> answer)
    {
        Asked.Enqueue($"{method} {what}");
        OnAsk?.Invoke(what);
        if (Refused.Contains((method, what)))
            throw new ExternalCallException($"{method} of {what} is refused.", mayHaveHappened: false, transient: false);
        return Down.Contains(method) ? throw new ExternalCallException($"{method} is down.") : Task.FromResult(answer());
    }
}
