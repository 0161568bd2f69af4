using Nhi.Governance.Evidence;
using Nhi.Governance.Operations;
using Nhi.Governance.Policies;

namespace Nhi.Governance.Triggers;

/// <summary>Looks at what the product needs. Anyone may ask for it, without a key: however often that is, the parts are asked once in a few seconds, by one at a time.</summary>
public sealed class HealthWatch(IPolicySource policies, IOperations operations, IEvidenceLog evidence, EvidenceSequencing sequencing, TimeProvider clock) : IDisposable
{
    /// <summary>How long an answer serves.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>A name that no record has: reading it asks the container and the key, and finds nothing.</summary>
    private const string EvidenceProbe = "records/2000/01/01/00/000000Z__health_2-summary_00000000000000000000000000.json";

    private readonly SemaphoreSlim _one = new(1);
    private (HealthReport Report, long At)? _last;

    /// <inheritdoc cref="IGovernance.HealthAsync"/>
    public async Task<HealthReport> LookAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_last is not { } last || clock.GetElapsedTime(last.At) >= Fresh)
                _last = last = (await AskAsync(ct), clock.GetTimestamp());
            return last.Report;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<HealthReport> AskAsync(CancellationToken ct)
    {
        List<HealthCheck> checks =
        [
            await HealthCheck.OfAsync("policy", async () => $"sha256 {(await policies.CurrentAsync(ct)).Sha256}", ct),
            await HealthCheck.OfAsync("tables", async () => await operations.IsReadyAsync(ct) ? "whole" : throw new InvalidOperationException("The marker row is missing: run 'nhi rebuild' (or finish the deployment)."), ct),
            await HealthCheck.OfAsync("evidence", async () =>
            {
                await evidence.ReadAsync(EvidenceProbe, ct);
                return "readable";
            }, ct),
            await ContainersAsync(ct),
        ];
        return new HealthReport(checks.All(check => check.Ok), checks);
    }

    /// <summary>A year without its container works on in another one, and the last year's end is seen coming: warnings, not failures, or a probe would take the app down for weeks.</summary>
    private async Task<HealthCheck> ContainersAsync(CancellationToken ct)
    {
        string[] warnings = [];
        var check = await HealthCheck.OfAsync("containers", async () =>
        {
            warnings = [.. (await sequencing.OutlookAsync(ct)).Select(outlook => outlook.Warning(clock.GetUtcNow())).OfType<string>()];
            return warnings.Length == 0 ? "for this year and the next" : string.Join(" ", warnings);
        }, ct);
        return check with { Warns = warnings.Length > 0 };
    }
}
