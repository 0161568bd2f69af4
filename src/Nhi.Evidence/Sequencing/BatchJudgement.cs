namespace Nhi.Evidence.Sequencing;

/// <summary>Whether the file at a batch's name counts. <paramref name="Batch"/>: when it does; <paramref name="Why"/>: when it is void.</summary>
public sealed record BatchJudgement(long Number, BatchFile? Batch, string? Why)
{
    public bool IsValid => Batch is not null;
}
