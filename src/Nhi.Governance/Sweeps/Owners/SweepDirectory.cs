namespace Nhi.Governance.Sweeps.Owners;

/// <summary>A directory that is asked once for each thing in one sweep. What failed is asked again by the next sweep only: one that is down costs one call a thing.</summary>
public sealed class SweepDirectory(IOwnerDirectory directory) : IOwnerDirectory
{
    /// <summary>Answers kept at a time, so that memory does not grow with the estate.</summary>
    public const int Most = 10_000;

    private readonly Dictionary<string, Task> _answers = new(StringComparer.OrdinalIgnoreCase);

    public Task<Principal> FindAsync(string principal, CancellationToken ct) => OnceAsync($"p:{principal}", () => directory.FindAsync(principal, ct));

    public Task<IReadOnlyList<string>> ApplicationOwnersAsync(string applicationId, CancellationToken ct) => OnceAsync($"o:{applicationId}", () => directory.ApplicationOwnersAsync(applicationId, ct));

    public Task<IReadOnlyDictionary<string, string>?> TagsAsync(string armId, CancellationToken ct) => OnceAsync($"t:{armId}", () => directory.TagsAsync(armId, ct));

    public Task<string?> CreatorAsync(string armId, DateTimeOffset now, CancellationToken ct) => OnceAsync($"c:{armId}", () => directory.CreatorAsync(armId, now, ct));

    public Task<PrincipalState> WorkloadAsync(string workload, CancellationToken ct) => OnceAsync($"w:{workload}", () => directory.WorkloadAsync(workload, ct));

    public Task<IdentityRoles> RolesAsync(string applicationId, CancellationToken ct) => OnceAsync($"r:{applicationId}", () => directory.RolesAsync(applicationId, ct));

    private Task<T> OnceAsync<T>(string what, Func<Task<T>> ask)
    {
        if (_answers.TryGetValue(what, out var known))
            return (Task<T>)known;
        if (_answers.Count >= Most)
            _answers.Clear();
        var asked = AskAsync(ask);
        _answers[what] = asked;
        return asked;
    }

    /// <summary>What fails at once is remembered like what fails later.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask) => await ask();
}
