using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;
using Nhi.Governance.Rotation;
using Nhi.Governance.Sweeps.Events;

namespace Nhi.Governance.Triggers;

/// <summary>What Event Grid delivers, or anybody who has the webhook's key: each event that can be believed is a hint to look, the others are counted.</summary>
public sealed class EventIntake(Governor governor, IVaultRegistry vaults, RejectionBook rejections, IAnnouncements announcements, TimeProvider clock)
{
    /// <summary>Throws what redelivery helps against, after every event was looked at.</summary>
    public async Task TakeAsync(string body, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var reading = SecretEvents.Parse(body, now, vaults);
        await rejections.CountAsync(reading, now, ct);
        var failures = new List<Exception>();
        foreach (var trigger in reading.Accepted)
        {
            try
            {
                // Names that no secret has leave nothing behind: anybody can think of any number of them.
                if (!(await governor.HandleAsync(trigger, ct)).Gone)
                    await AnnouncedAsync(trigger, now, ct);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    /// <summary>What arrived is noted, so that what never did is known. Where it cannot be, an event is said to be missed that was not: no reason to take it again.</summary>
    private async Task AnnouncedAsync(Trigger trigger, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            await announcements.NoteAsync(trigger.Credential!.Value, trigger.Type, now, ct);
        }
        catch (ExternalCallException)
        {
        }
    }
}
