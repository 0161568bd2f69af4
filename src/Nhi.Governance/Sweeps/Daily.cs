using Nhi.Governance.Rotation;

namespace Nhi.Governance.Sweeps;

/// <summary>Questions that are asked about once a day of each thing: more often a large estate cannot be asked about, and their answers change by the day.</summary>
internal static class Daily
{
    /// <summary>Whether an answer of then still counts: for 18 to 24 hours, by what it is about, so that what was first asked in one run is not all asked again in one. An instant in the future counts for nothing.</summary>
    public static bool IsFresh(string about, DateTimeOffset? asked, DateTimeOffset now) => now >= asked && now < asked + TimeSpan.FromHours(18 + (6 * RotationId.Spread(about)));
}
