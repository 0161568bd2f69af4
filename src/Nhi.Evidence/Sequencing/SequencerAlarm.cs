namespace Nhi.Evidence.Sequencing;

/// <summary>Something that a person should know of; the log goes on. <paramref name="Path"/>: the blob, or the log.</summary>
public sealed record SequencerAlarm(SequencerAlarmKind Kind, string Path, string What);

/// <summary>Sorts of alarms.</summary>
public enum SequencerAlarmKind
{
    /// <summary>A checkpoint that a log key signed and that the batches do not yield: somebody can sign with it, or a sequencer computed wrongly. It is kept as proof.</summary>
    Fork,

    /// <summary>A checkpoint's name is taken by what is none of this log for that batch.</summary>
    VoidCheckpoint,

    /// <summary>A batch's name is taken by what counts for nothing.</summary>
    VoidBatch,

    /// <summary>The log was closed while its year was under way, and takes in nothing more: somebody can sign with the log key and write under <c>log/</c>.</summary>
    ClosedEarly,

    /// <summary>Names are taken faster than they are read: the log may stand still.</summary>
    Flood,

    /// <summary>A former log key that still counts did not sign; the newest did.</summary>
    FormerKeySilent,

    /// <summary>The log names a key that is no version of the log key: somebody can sign with it and write under <c>log/</c>, and in 1,440 batches the log is theirs alone.</summary>
    ForeignKey,

    /// <summary>Tiles could not be written, or were not what the log yields; they are made again.</summary>
    Tiles,
}
