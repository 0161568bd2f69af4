using Nhi.Governance.Credentials;

namespace Nhi.Governance.Operations;

/// <summary>Takes rows: one attempt per resource at a time.</summary>
public sealed class ResourceRows(IOperations operations, InstanceName instance, LeaseScale scale, TimeProvider clock)
{
    /// <summary>Room for clocks that tick in whole seconds, real time.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>The lease for a kind whose requests land within <paramref name="settleWindow"/>.</summary>
    public TimeSpan LeaseOf(TimeSpan settleWindow) => settleWindow * scale.Factor;

    /// <summary>True while somebody works on it, or may: open, and changed within its lease.</summary>
    public bool IsHeld(RowReading reading) => reading.Row is { Open: true } row && reading.Age <= row.Lease + (Margin * Math.Min(1, scale.Factor));

    /// <summary>Makes the row of a resource that is seen for the first time; one that is there stays as it is.</summary>
    public async Task SeeAsync(ResourceId resource, TimeSpan lease, CredentialId credential, CancellationToken ct)
    {
        var reading = await operations.ReadAsync(resource, ct);
        if (reading.Row is null)
            await operations.TryInsertAsync(Fresh(resource, lease, credential, reading.ServiceTime), ct);
    }

    /// <summary>
    /// Takes the row. Throws <see cref="RowHeldException"/> while somebody holds it (a missing row counts as held for one lease, and needs the marker row), <see cref="ExternalCallException"/> when the table does not answer.
    /// Returns null when <paramref name="begin"/> finds that nothing may begin on this row now.
    /// </summary>
    /// <param name="resource">Whose row.</param>
    /// <param name="lease">Real time, <see cref="LeaseOf"/>.</param>
    /// <param name="credential">Which secret led here, so that a row that is new can be found again.</param>
    /// <param name="begin">The row to write, from the row as it was and the new start and fence; null to let go.</param>
    /// <param name="ct">Cancels the wait, not the row.</param>
    public async Task<RowHold?> TakeAsync(ResourceId resource, TimeSpan lease, CredentialId credential, Func<OperationRow, OperationRow?> begin, CancellationToken ct)
    {
        var reading = await operations.ReadAsync(resource, ct);
        if (reading.Row is not { } row)
        {
            await operations.TryInsertAsync(Fresh(resource, lease, credential, reading.ServiceTime), ct);
            throw new RowHeldException($"The row of {resource} is new: it counts as held for one lease of {lease}.");
        }

        if (IsHeld(reading))
            throw new RowHeldException($"{resource} is being worked on by {row.Owner} ({row.Verb ?? "first seen"}).");
        var unproven = row.Unproven && !await operations.IsReadyAsync(ct);
        var taken = begin(row with { Owner = instance.Value, Open = true, Unproven = unproven, Fence = row.Fence + 1, Lease = lease, Start = Whole(reading.ServiceTime), Step = "taken" });
        if (taken is null)
            return null;
        var sent = clock.GetTimestamp();
        var held = await operations.TryReplaceAsync(taken, reading.ETag!, ct) ?? throw new RowHeldException($"Another instance took {resource} in the same moment.");
        return new RowHold(operations, clock, held, sent);
    }

    private static OperationRow Fresh(ResourceId resource, TimeSpan lease, CredentialId credential, DateTimeOffset now) => new()
    {
        Resource = resource,
        Owner = OperationRow.NobodyYet,
        Open = true,
        Unproven = true,
        Fence = 0,
        Lease = lease,
        Credential = credential,
        FirstSeen = now,
        Step = "first seen",
    };

    private static DateTimeOffset Whole(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
