namespace Nhi.Governance.Operations;

/// <summary>
/// A row as the service answered. <paramref name="ETag"/>: for the next change; <paramref name="ServiceTime"/>: the answer's <c>Date</c> as governance time, UTC, whole seconds;
/// <paramref name="Age"/>: that <c>Date</c> less the row's <c>Timestamp</c>, both real time by the service's clock.
/// </summary>
public sealed record RowReading(OperationRow? Row, string? ETag, DateTimeOffset ServiceTime, TimeSpan Age);
