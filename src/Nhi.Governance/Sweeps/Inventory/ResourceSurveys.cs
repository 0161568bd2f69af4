using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Sweeps.Inventory;

/// <summary>Asks providers what list rights show of a resource: where one of its secrets changed, else once a day. Each resource is asked once a run.</summary>
internal sealed partial class ResourceSurveys(ISweptEstate estate, KindRegistry kinds, InventoryPace pace, ILogger<InventorySweep> logger)
{
    private static readonly TimeSpan _daily = TimeSpan.FromDays(1);

    /// <summary>Of a resource whose provider never answered.</summary>
    private static readonly DateTimeOffset _never = DateTimeOffset.UnixEpoch;

    /// <summary>So that two secrets of one resource do not ask at the same moment; resources that share one only wait.</summary>
    private readonly SemaphoreSlim[] _asking = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Asks unless somebody did since the run began. A provider that does not answer is told in the report and asked again by the next run; one that refuses the watcher, a day later. Throws what the tables throw.</summary>
    public async Task AskAsync(string? kind, ResourceId? resource, DateTimeOffset began, DateTimeOffset now, InventoryReport report, CancellationToken ct)
    {
        if (resource is not { } id || kinds.Find(kind) is not ISurvey survey)
            return;
        var gate = _asking[(uint)id.Value.GetHashCode(StringComparison.Ordinal) % _asking.Length];
        await gate.WaitAsync(ct);
        try
        {
            if (await estate.FindAsync(id, ct) is not { } known)
                await AskAsync(survey, new SweptResource { Id = id, Kind = kind!, SeenAt = _never }, isNew: true, now, report, ct);
            else if (known.SeenAt < began || known.Kind != kind)
                await AskAsync(survey, known with { Kind = kind! }, isNew: false, now, report, ct);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Those of which nothing was heard for a day. Throws what the tables throw.</summary>
    public Task AskDailyAsync(DateTimeOffset began, DateTimeOffset now, InventoryReport report, CancellationToken ct) => Parallel.ForEachAsync(
        estate.ResourcesAsync(ct).Where(known => known.SeenAt < began && now - known.SeenAt >= _daily),
        new ParallelOptions { MaxDegreeOfParallelism = pace.Vaults, CancellationToken = ct },
        async (known, token) =>
        {
            if (kinds.Find(known.Kind) is ISurvey survey)
                await AskAsync(survey, known, isNew: false, now, report, token);
        });

    private async Task AskAsync(ISurvey survey, SweptResource known, bool isNew, DateTimeOffset now, InventoryReport report, CancellationToken ct)
    {
        report.Asks();
        try
        {
            var seen = await survey.SurveyAsync(known.Id, now, ct);
            await estate.WriteAsync(seen with { Credentials = Newest(seen.Credentials), Roles = known.Roles, RolesAt = known.RolesAt }, ct);
        }
        catch (ExternalCallException e) when (!e.Transient)
        {
            report.IsNotLooked();
            LogNotLooked(known.Id.Value, e);
            await estate.WriteAsync(known with { Exists = null, Credentials = [], SeenAt = now }, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            report.Fail(known.Id.Value);
            LogFailed(known.Id.Value, e);
            // What was seen before still says when: it stays, and the next run asks again.
            if (isNew)
                await estate.WriteAsync(known, ct);
        }
    }

    private static IReadOnlyList<ProviderCredential> Newest(IReadOnlyList<ProviderCredential> all) =>
        all.Count <= SweptResource.MostCredentials ? all : [.. all.OrderByDescending(credential => credential.Created).ThenBy(credential => credential.Place, StringComparer.Ordinal).Take(SweptResource.MostCredentials)];

    [LoggerMessage(2216, LogLevel.Information, "Nobody looks at {Resource}: the watcher may not read it")]
    private partial void LogNotLooked(string resource, Exception exception);

    [LoggerMessage(2212, LogLevel.Warning, "The provider of {Resource} could not be asked; the next sweep asks again")]
    private partial void LogFailed(string resource, Exception exception);
}
