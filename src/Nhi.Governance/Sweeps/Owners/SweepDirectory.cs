using System.Collections.Concurrent;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Sweeps.Owners;

/// <summary>
/// A directory that is asked once for each thing in one sweep. What failed is asked again by the next sweep only, and a source that failed for a while several times in a row is left alone for the rest of this one:
/// one that is down must not cost a time-out a credential. Safe for concurrent use.
/// </summary>
public sealed class SweepDirectory(IOwnerDirectory directory) : IOwnerDirectory
{
    /// <summary>Answers kept at a time, so that memory does not grow with the estate.</summary>
    public const int Most = 10_000;

    /// <summary>Transient failures of one source, one after the other, after which it counts as down.</summary>
    public const int MostFailures = 5;

    private readonly ConcurrentDictionary<string, Lazy<Task>> _answers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    public Task<Principal> FindAsync(string principal, CancellationToken ct) => OnceAsync("principals", principal, () => directory.FindAsync(principal, ct));

    public Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct) => OnceAsync("application owners", applicationId, () => directory.ApplicationOwnersAsync(applicationId, ct));

    public Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct) => OnceAsync("tags", armId, () => directory.TagsAsync(armId, ct));

    public Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct) => OnceAsync("creators", armId, () => directory.CreatorAsync(armId, now, ct));

    public Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct) => OnceAsync("workloads", workload, () => directory.WorkloadAsync(workload, ct));

    public Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct) => OnceAsync("roles", applicationId, () => directory.RolesAsync(applicationId, ct));

    private async Task<T> OnceAsync<T>(string source, string what, Func<Task<T>> ask)
    {
        if (_answers.Count >= Most)
            _answers.Clear();
        return await (Task<T>)_answers.GetOrAdd($"{source}:{what}", _ => new Lazy<Task>(() => AskAsync(source, ask))).Value;
    }

    /// <summary>What fails at once is remembered like what fails later.</summary>
    private async Task<T> AskAsync<T>(string source, Func<Task<T>> ask)
    {
        if (_failures.GetValueOrDefault(source) >= MostFailures)
            throw new ExternalCallException($"The source of {source} did not answer {MostFailures} times in a row: it is not asked again in this sweep.", mayHaveHappened: false, transient: true, "NotAsked");
        try
        {
            var answer = await ask();
            _failures[source] = 0;
            return answer;
        }
        catch (ExternalCallException e)
        {
            _failures.AddOrUpdate(source, e.Transient ? 1 : 0, (_, count) => e.Transient ? count + 1 : 0);
            throw;
        }
    }
}
