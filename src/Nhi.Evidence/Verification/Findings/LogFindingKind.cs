namespace Nhi.Evidence.Verification.Findings;

/// <summary>What a verifier can find: a closed set, so that nothing is ever "just failed". What each means and what to do stands in <see cref="FindingTexts"/>.</summary>
public enum LogFindingKind
{
    // Batches
    BatchMissing,
    BatchAltered,
    BatchVoid,
    NameSquatted,
    LeafUntrue,
    LogKeyWrong,
    LogKeyForeign,
    LogIsOther,
    LogMissing,

    // Checkpoints
    CheckpointMissing,
    CheckpointVoid,
    CheckpointFork,
    CheckpointSignatureUnknown,
    LogTruncated,
    HistoryRewritten,
    SavedCheckpointUnusable,

    // Records
    RecordMissing,
    RecordAltered,
    RecordForged,
    RecordUnlogged,
    RecordForeign,
    RecordNotListed,
    ProducersKeyEndForeign,
    CreationSkewed,

    // What records say together
    IntentOpen,
    IntentMissing,
    IntentDiffers,
    VersionChainBroken,
    CoverageGap,
    SealMissing,
    SealLate,
    SealBroken,
    SealDatedAhead,
    SealMiscounts,
    ShardBroken,

    // What lies beside
    BlobForeign,
    BlobAltered,
    ReadmeDiffers,
    NameUnreadable,
    FileMissing,
    FileUnlisted,
    FileSizeDiffers,

    // Derived
    TileMissing,
    TileAltered,
    IndexRowMissing,
    IndexRowAltered,
    IndexRowUnknown,

    // The container's policy
    PolicyUnlocked,
    RetentionShort,
    AppendAllowed,
    SharedKeyAllowed,

    // Legal, counted, no reason to worry
    LogKeyNamed,
    ProducersKeyEnded,
    NotYet,
    DuplicateLeaf,
    SecondClosing,
    PartialCoverage,
    TokenNotChecked,
}
