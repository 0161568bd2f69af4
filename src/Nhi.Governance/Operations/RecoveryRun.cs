using Microsoft.Extensions.Logging;
using Nhi.Governance.Credentials;
using Nhi.Governance.Evidence;
using Nhi.Governance.Rotation;

namespace Nhi.Governance.Operations;

/// <summary>The timer <c>ReconcileOperations</c>: takes every row that was left open past its lease, and closes stray intents that are older than 15 minutes.</summary>
public sealed partial class RecoveryRun(IOperations operations, ResourceRows held, IEvidenceLog evidence, Governor governor, ILogger<RecoveryRun> logger)
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
            if (reading.Row is { } row && seen.Add(row.Resource) && !held.IsHeld(reading))
                rows.Add(row);
        foreach (var row in rows)
            closed += await IsolatedAsync(row, budget, ct);

        var strays = new Dictionary<ResourceId, CredentialId?>();
        await foreach (var intent in evidence.OpenIntentsAsync(now - StrayAge, ct))
            if (IsStray(intent, now) && intent.Resource is { Length: > 0 } resource && !seen.Contains(new ResourceId(resource)))
                strays[new ResourceId(resource)] = CredentialId.TryParse(intent.Credential, out var id) ? id : null;
        foreach (var (resource, credential) in strays)
        {
            if ((await operations.ReadAsync(resource, ct)).Row is { } row)
                closed += await IsolatedAsync(row, budget, ct);
            else if (credential is { } last)
                // The tables were lost, and no secret led a rebuild to this one: it counts as held for one lease, then its intent is closed.
                await held.SeeAsync(resource, held.LeaseOf(Reconciler.SettleTime), last, ct);
        }

        return closed;
    }

    /// <summary>False for an intent that covers the tries of a day that is not over. Nothing is covered for longer.</summary>
    public static bool IsStray(IndexedRecord intent, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(intent);
        return intent.Deadline is not { } due || due <= now || due > Roll.DayAfter(intent.Time);
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
