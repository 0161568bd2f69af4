using System.Collections.Concurrent;
using Nhi.Governance.Triggers;

namespace Nhi.Local.Tests.Host;

/// <summary>Remembers what it was asked for, in order, and lets a test hold or break a call.</summary>
public sealed class FakeGovernance : IGovernance
{
    private int running;

    public ConcurrentQueue<string> Calls { get; } = new();

    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>What a call does, by method and token.</summary>
    public Func<string, CancellationToken, Task> Does { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>The most calls that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    public HealthReport Health { get; set; } = new(true, [new HealthCheck("evidence", true, "container evidence-2026 answers")]);

    public Task OnSecretEventAsync(string body, CancellationToken ct)
    {
        Events.Enqueue(body);
        return CallAsync("OnSecretEvent", ct);
    }

    public Task SweepDueAsync(CancellationToken ct) => CallAsync("SweepDue", ct);

    public Task SweepInventoryAsync(CancellationToken ct) => CallAsync("SweepInventory", ct);

    public Task RevokeDebtsAsync(CancellationToken ct) => CallAsync("RevokeDebts", ct);

    public Task VerifyEvidenceAsync(CancellationToken ct) => CallAsync("VerifyEvidence", ct);
    public Task ReconcileRealityAsync(CancellationToken ct) => CallAsync("ReconcileReality", ct);

    public Task RemoveNeglectedAsync(CancellationToken ct) => CallAsync("RemoveNeglected", ct);

    public Task ReconcileOperationsAsync(CancellationToken ct) => CallAsync("ReconcileOperations", ct);

    public Task SequenceEvidenceAsync(CancellationToken ct) => CallAsync("SequenceEvidence", ct);

    public Task PublishAsync(CancellationToken ct) => CallAsync("Publish", ct);

    public Task<HealthReport> HealthAsync(CancellationToken ct) => Task.FromResult(Health);

    private async Task CallAsync(string name, CancellationToken ct)
    {
        Calls.Enqueue(name);
        lock (Calls)
            MostAtOnce = Math.Max(MostAtOnce, ++running);
        try
        {
            await Does(name, ct);
        }
        finally
        {
            lock (Calls)
                running--;
        }
    }
}
