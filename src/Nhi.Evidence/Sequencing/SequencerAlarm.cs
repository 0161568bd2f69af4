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

    /// <summary>A log whose year has not come has a batch.</summary>
    BegunAhead,

    /// <summary>Names are taken faster than they are read: the log may stand still.</summary>
    Flood,

    /// <summary>A former log key that still counts did not sign; the newest did.</summary>
    FormerKeySilent,

    /// <summary>The log names, or named, a key that is no version of the log key: somebody can sign with it and write under <c>log/</c>, and what that key signs counts; where it is the newest, in 1,440 batches the log is theirs alone.</summary>
    ForeignKey,

    /// <summary>The log goes by a version of the log key that this process was told not to sign with, since its settings name an earlier one: in 1,440 batches it can go on no more.</summary>
    KeyLeftOut,

    /// <summary>Rows of the index could not be written; they follow, or are made anew.</summary>
    Index,

    /// <summary>Hints could not be read, or name more than can wait: folders are listed instead.</summary>
    Hints,

    /// <summary>The clock of this host stands still, or runs behind or ahead of the service's.</summary>
    WrongClock,

    /// <summary>Tiles could not be written, or were not what the log yields; they are made again.</summary>
    Tiles,
}
