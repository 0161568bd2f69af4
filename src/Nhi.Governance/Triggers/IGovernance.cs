namespace Nhi.Governance.Triggers;

/// <summary>
/// The whole product as its triggers see it: one method per function of the app. Each may be called at any time, any number of times, by several instances at once: state decides, never the call.
/// Throws what the caller has to hear: for an event a failure before its intent (it comes again), for a timer anything that kept it from looking (the next tick looks again).
/// </summary>
public interface IGovernance
{
    /// <summary>Takes one event in either schema (Event Grid or CloudEvents 1.0), as JSON text. The text is hostile: what is malformed is counted, recorded and swallowed; it throws only where redelivery helps.</summary>
    Task OnSecretEventAsync(string body, CancellationToken ct);

    /// <summary>Looks at every credential and starts what is due.</summary>
    Task SweepDueAsync(CancellationToken ct);

    /// <summary>Lists every secret of every vault in scope and keeps what is new: nothing is changed anywhere but in the product's own tables and log.</summary>
    Task SweepInventoryAsync(CancellationToken ct);

    /// <summary>Pays every debt that may be paid now, and kills proven leftovers.</summary>
    Task RevokeDebtsAsync(CancellationToken ct);

    /// <summary>Goes on with the removal of every neglected credential, by one step at most.</summary>
    Task RemoveNeglectedAsync(CancellationToken ct);

    /// <summary>Takes every row that was left open past its lease and closes stray intents.</summary>
    Task ReconcileOperationsAsync(CancellationToken ct);

    /// <summary>Holds what the platform logged against evidence, and evidence against it; keeps who used what; looks for events that never came.</summary>
    Task ReconcileRealityAsync(CancellationToken ct);

    /// <summary>Gives pending records their numbers, batch and checkpoint.</summary>
    Task SequenceEvidenceAsync(CancellationToken ct);

    /// <summary>Verifies what was logged since the last time and, once a day, that all that is stored is logged; what is not goes to the sequencer.</summary>
    Task VerifyEvidenceAsync(CancellationToken ct);

    /// <summary>Carries what was sequenced to each sink, from its cursor on.</summary>
    Task PublishAsync(CancellationToken ct);

    /// <summary>Whether each part that the product needs can be reached and used. Never throws for a part that can't.</summary>
    Task<HealthReport> HealthAsync(CancellationToken ct);
}

/// <summary>What <see cref="IGovernance.HealthAsync"/> found.</summary>
/// <param name="Healthy">Every check is fine.</param>
/// <param name="Checks">One per part, in a stable order.</param>
public sealed record HealthReport(bool Healthy, IReadOnlyList<HealthCheck> Checks);

/// <summary>One part that the product needs.</summary>
/// <param name="Name">A word that says nothing about the estate (<c>evidence</c>, <c>tables</c>): shown to anyone who asks.</param>
/// <param name="Ok">The part can be reached and used.</param>
/// <param name="Detail">For the log and the operator, never for the anonymous caller.</param>
/// <param name="Warns">It works, and somebody has to see to it all the same.</param>
public sealed record HealthCheck(string Name, bool Ok, string Detail, bool Warns = false)
{
    /// <summary>Looks at a part: whatever it fails with, a client's own time-out too, is what was found. Throws only for the caller's cancellation.</summary>
    public static async Task<HealthCheck> OfAsync(string name, Func<Task<string>> look, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(look);
        try
        {
            return new HealthCheck(name, true, await look());
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            return new HealthCheck(name, false, e is OperationCanceledException ? "It took too long to answer." : e.Message);
        }
    }
}
