namespace Nhi.Evidence.Verification;

/// <summary>How far a verification is. <paramref name="Stage"/>: <c>batches</c>, <c>names</c>, <c>index</c>; <paramref name="Done"/>: records or names so far; <paramref name="Total"/>: of how many, null where that is not known.</summary>
public sealed record VerifyProgress(string Log, string Stage, long Done, long? Total);
