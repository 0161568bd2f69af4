namespace Nhi.Governance.Publishing;

/// <summary>A sink that takes checkpoints too: a place that the log's keepers cannot change. What it has been told, nobody can tell otherwise later.</summary>
public interface IAnchorSink : ISink
{
    /// <summary>Returns when it is handed over; else throws <see cref="Credentials.ExternalCallException"/>. One may come twice: its <see cref="PublishedCheckpoint.Id"/> is the same.</summary>
    Task AnchorAsync(PublishedCheckpoint checkpoint, CancellationToken ct);
}

/// <summary>The checkpoint of a batch. <paramref name="Root"/>: base64; <paramref name="Path"/>: the note's blob name; <paramref name="Note"/>: the signed note as stored.</summary>
public sealed record PublishedCheckpoint(string Log, long Batch, long Size, string Root, string Path, string Note)
{
    /// <summary>The same for every delivery.</summary>
    public string Id => $"checkpoint-{Batch}-{Size}-{Root}";
}
