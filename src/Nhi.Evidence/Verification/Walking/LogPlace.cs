namespace Nhi.Evidence.Verification.Walking;

/// <summary>What lies in <c>log/</c> under one number. <paramref name="Batch"/>: the batch's name, when it is there; <paramref name="Checkpoints"/>: names of checkpoints; <paramref name="MoreCheckpoints"/>: there are more than are named.</summary>
internal sealed record LogPlace(long Number, string? Batch, IReadOnlyList<string> Checkpoints, bool MoreCheckpoints)
{
    /// <summary>Names of checkpoints that are held; whoever put more there is read by listing them again.</summary>
    internal const int MostCheckpoints = 64;
}
