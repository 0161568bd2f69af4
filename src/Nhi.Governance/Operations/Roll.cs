using System.Text.Json.Serialization;

namespace Nhi.Governance.Operations;

/// <summary>
/// One intent, without an outcome yet, that covers every try of its day (UTC, governance time) that ends as the ones before it did. It is parked between two tries, and named among the row's open intents while one is under way:
/// whoever finds it there says what became of it, as of any other.
/// </summary>
/// <param name="Intent">Its blob name.</param>
/// <param name="Op">The attempt that it names: all of its tries are one.</param>
/// <param name="Start">The start of the first try.</param>
/// <param name="Fence">The fence of the first try.</param>
/// <param name="Plan">What it promises, hashed: a try that would do anything else has an intent of its own.</param>
/// <param name="Place">Slot, principal or handle that it would change; null where there is none.</param>
/// <param name="Tries">How many it covers so far, one that is under way included.</param>
/// <param name="Last">The start of the last one.</param>
public sealed record Roll(string Intent, string Op, DateTimeOffset Start, long Fence, string Plan, string? Place, int Tries, DateTimeOffset Last)
{
    /// <summary>The end of its day: its outcome is due then.</summary>
    [JsonIgnore]
    public DateTimeOffset Until => DayAfter(Start);

    /// <summary>When the day of that instant ends, UTC.</summary>
    public static DateTimeOffset DayAfter(DateTimeOffset instant) => new(instant.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
}
