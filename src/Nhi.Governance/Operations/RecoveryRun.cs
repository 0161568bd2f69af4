using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operations;

/// <summary>The timer <c>ReconcileOperations</c>: takes every row that was left open past its lease, and closes stray intents that are older than 15 minutes.</summary>
public sealed partial class RecoveryRun(IOperations operations, IEvidenceLog evidence, Governor governor, ILogger<RecoveryRun> logger)
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan StrayAge = TimeSpan.FromMinutes(15);

    /// <summary>Runs once and returns how many intents were closed. <paramref name="now"/>: governance time, UTC.</summary>
    public async Task<int> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var closed = 0;
        var budget = new RunBudget();
        var seen = new HashSet<ResourceId>();
        var rows = new List<OperationRow>();
        await foreach (var reading in operations.ListOpenAsync(ct))
            if (reading.Row is { } row)
                rows.Add(row);
        foreach (var row in rows)
        {
            seen.Add(row.Resource);
            closed += await IsolatedAsync(row, budget, ct);
        }

        var strays = new HashSet<ResourceId>();
        await foreach (var intent in evidence.OpenIntentsAsync(now - StrayAge, ct))
            if (intent.Resource is { Length: > 0 } resource)
                strays.Add(new ResourceId(resource));
        foreach (var resource in strays.Except(seen))
            if ((await operations.ReadAsync(resource, ct)).Row is { } row)
                closed += await IsolatedAsync(row, budget, ct);
        return closed;
    }

    private async Task<int> IsolatedAsync(OperationRow row, RunBudget budget, CancellationToken ct)
    {
        try
        {
            return (await governor.RecoverAsync(row, budget, ct)).Reconciled;
        }
        catch (RowHeldException)
        {
            return 0;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            LogFailed(row.Resource.ToString(), e);
            return 0;
        }
    }

    [LoggerMessage(2401, LogLevel.Error, "{Resource} could not be reconciled; the others go on")]
    private partial void LogFailed(string resource, Exception exception);
}
