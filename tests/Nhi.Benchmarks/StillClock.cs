namespace Nhi.Benchmarks;

/// <summary>It is always the same instant: no record is late, no seal is due.</summary>
internal sealed class StillClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => SampleRecords.Start;
}
