using System.Collections.Frozen;

namespace Nhi.Evidence.Verification.Findings;

/// <summary>What each kind of finding means, how much it weighs and what to do.</summary>
public static class FindingTexts
{
    private const string Restore = "Compare with another copy of the container (its locked policy forbids the change there), and find out who changed this one.";
    private const string Who = "Find out in the storage account's logs who wrote it, and take that right away; the log itself is whole.";
    private const string Thief = "Treat the sequencer's identity or the log key as stolen: rotate the log key, and look through the Key Vault's logs for signatures nobody asked for.";
    private const string Inside = "Treat the writer's identity as stolen, and compare with the platform's own logs (Key Vault, Entra).";

    private static readonly FrozenDictionary<LogFindingKind, (FindingSeverity Severity, string What, string Remedy)> Texts = new Dictionary<LogFindingKind, (FindingSeverity, string, string)>
    {
        [LogFindingKind.BatchMissing] = (FindingSeverity.Critical, "A batch is missing from the log.", Restore),
        [LogFindingKind.BatchAltered] = (FindingSeverity.Critical, "A batch that the log built upon was altered.", Restore),
        [LogFindingKind.BatchVoid] = (FindingSeverity.Warning, "A file at a batch's name counts for nothing.", Who),
        [LogFindingKind.NameSquatted] = (FindingSeverity.Warning, "Something lies at a name that the log has not reached.", Who),
        [LogFindingKind.LeafUntrue] = (FindingSeverity.Critical, "A batch gives a leaf that its record does not hash to.", Thief),
        [LogFindingKind.LogKeyWrong] = (FindingSeverity.Critical, "No batch is signed by the log key that you gave.", "Give the log's own public key, had from outside the container. If this one is right, the log was forged."),
        [LogFindingKind.LogKeyForeign] = (FindingSeverity.Critical, "The log names a key of its own that is no version of the log key.", "Somebody signed with the log key and wrote under log/: records go on, but the log is theirs in 1,440 batches. Disable that version of the log key, take the sequencer's right away from whoever has it, and begin another container."),
        [LogFindingKind.LogIsOther] = (FindingSeverity.Critical, "This is another log than the one expected.", "Verify the container that you meant."),
        [LogFindingKind.LogMissing] = (FindingSeverity.Critical, "There is no log here.", "Name the folder that holds log/ and records/."),
        [LogFindingKind.CheckpointMissing] = (FindingSeverity.Critical, "A batch has no checkpoint.", Restore),
        [LogFindingKind.CheckpointVoid] = (FindingSeverity.Warning, "A file at a checkpoint's name is none of this log for this batch.", Who),
        [LogFindingKind.CheckpointFork] = (FindingSeverity.Critical, "FORK: a signed checkpoint says what the batches do not yield.", Thief),
        [LogFindingKind.CheckpointSignatureUnknown] = (FindingSeverity.Warning, "A checkpoint bears a signature by nobody that this log knows.", Restore),
        [LogFindingKind.LogTruncated] = (FindingSeverity.Critical, "The log is shorter than a checkpoint that was saved.", Restore),
        [LogFindingKind.HistoryRewritten] = (FindingSeverity.Critical, "The log does not grow out of a checkpoint that was saved: its history was rewritten.", Thief),
        [LogFindingKind.SavedCheckpointUnusable] = (FindingSeverity.Warning, "A saved checkpoint is none of the logs that were verified.", "Give the checkpoint that was saved from this log, and the key that it began with."),
        [LogFindingKind.RecordMissing] = (FindingSeverity.Critical, "A logged record is missing.", Restore),
        [LogFindingKind.RecordAltered] = (FindingSeverity.Critical, "A logged record's bytes were changed.", Restore),
        [LogFindingKind.RecordForged] = (FindingSeverity.Critical, "A logged record was not written by a producer of this log.", Thief),
        [LogFindingKind.RecordUnlogged] = (FindingSeverity.Critical, "An authentic record stands in no batch.", "Start the sequencer: it lists what is there. If it runs, it hides records: treat its identity as stolen."),
        [LogFindingKind.RecordForeign] = (FindingSeverity.Warning, "A blob among the records is no record of this log.", Who),
        [LogFindingKind.RecordNotListed] = (FindingSeverity.Critical, "A logged record can be read but is not listed under its own name.", "Verify on a file system that tells upper from lower case, or verify the container itself."),
        [LogFindingKind.ProducersKeyEndForeign] = (FindingSeverity.Warning, "A record says that a version of the producers' key has ended, and nothing bears that out.", "Compare with the versions' expiries in Key Vault, and give the public keys oldest first. If that version goes on, treat the one that certified whoever wrote this record as stolen."),
        [LogFindingKind.CreationSkewed] = (FindingSeverity.Warning, "A record was not created when it says that it was written.", Inside),
        [LogFindingKind.IntentOpen] = (FindingSeverity.Warning, "An operation was begun, and nothing says how it ended.", "Let ReconcileOperations run, and look at the resource: its row says who holds it."),
        [LogFindingKind.IntentMissing] = (FindingSeverity.Critical, "An outcome names an intent that the log does not have.", Inside),
        [LogFindingKind.IntentDiffers] = (FindingSeverity.Critical, "An outcome names an intent with other bytes than the one that is logged.", Inside),
        [LogFindingKind.VersionChainBroken] = (FindingSeverity.Warning, "A credential changed outside governance: a version was superseded that no record made.", "Look into the vault's logs for who set that version."),
        [LogFindingKind.CoverageGap] = (FindingSeverity.Warning, "Nobody looked for a while: the windows of a sweep leave a gap.", "Look why the sweep did not run; compare the platform's own logs for that time."),
        [LogFindingKind.SealMissing] = (FindingSeverity.Warning, "The hourly seals leave a gap.", "Look why no seal was written; a later one covers the time of an outage."),
        [LogFindingKind.SealLate] = (FindingSeverity.Warning, "The newest seal is older than it may be.", "Look whether the product runs, or whether the end of the log was cut off."),
        [LogFindingKind.SealBroken] = (FindingSeverity.Critical, "A seal does not follow from the one before it.", Inside),
        [LogFindingKind.SealDatedAhead] = (FindingSeverity.Warning, "A seal is dated after its own creation.", Inside),
        [LogFindingKind.SealMiscounts] = (FindingSeverity.Critical, "A seal counts other records than the log holds.", Inside),
        [LogFindingKind.ShardBroken] = (FindingSeverity.Critical, "Two years of the log do not join.", Restore),
        [LogFindingKind.BlobForeign] = (FindingSeverity.Warning, "A blob lies where nothing of ours does.", Who),
        [LogFindingKind.BlobAltered] = (FindingSeverity.Critical, "A blob beside the records is not what it was.", Restore),
        [LogFindingKind.ReadmeDiffers] = (FindingSeverity.Warning, "README.txt is no text that this product ever wrote.", "Use the commands of this version's text (nhi evidence prepare writes it) and not those of the file: somebody else wrote it, or a newer version."),
        [LogFindingKind.NameUnreadable] = (FindingSeverity.Warning, "A name of the export is not read.", "Export the container again into an empty folder."),
        [LogFindingKind.FileMissing] = (FindingSeverity.Critical, "A blob that the export's listing names is not in the export.", "Export the container again."),
        [LogFindingKind.FileUnlisted] = (FindingSeverity.Warning, "A file is in the export that its listing does not name.", "Export the container again into an empty folder."),
        [LogFindingKind.FileSizeDiffers] = (FindingSeverity.Critical, "A file has another size than the export's listing says.", "Export the container again."),
        [LogFindingKind.TileMissing] = (FindingSeverity.Warning, "A tile is missing.", "nhi rebuild --tiles makes it anew: tiles are derived."),
        [LogFindingKind.TileAltered] = (FindingSeverity.Warning, "A tile is not what the batches yield.", "nhi rebuild --tiles makes it anew: tiles are derived. Find out who wrote it."),
        [LogFindingKind.IndexRowMissing] = (FindingSeverity.Warning, "The index lacks a row.", "nhi rebuild --index makes it anew: the index is derived."),
        [LogFindingKind.IndexRowAltered] = (FindingSeverity.Warning, "A row of the index is not what its record yields.", "nhi rebuild --index makes it anew. Find out who wrote it."),
        [LogFindingKind.IndexRowUnknown] = (FindingSeverity.Warning, "The index has a row that no record yields.", "Find out who wrote it, and delete it."),
        [LogFindingKind.PolicyUnlocked] = (FindingSeverity.Critical, "The container's immutability policy is not locked.", "nhi evidence lock: until then an administrator can lift it."),
        [LogFindingKind.RetentionShort] = (FindingSeverity.Critical, "The container keeps its blobs shorter than it must.", "Lengthen the policy's retention."),
        [LogFindingKind.AppendAllowed] = (FindingSeverity.Critical, "The container's policy allows appending to blobs.", "Deploy the container anew: allowProtectedAppendWrites cannot be changed once locked."),
        [LogFindingKind.SharedKeyAllowed] = (FindingSeverity.Critical, "The storage account accepts its account keys.", "Set allowSharedKeyAccess to false, and find out in the activity log who turned it on."),
        [LogFindingKind.LogKeyNamed] = (FindingSeverity.Information, "The log names its next key.", "Compare it with the versions of the log key in Key Vault: it has to be one of them."),
        [LogFindingKind.ProducersKeyEnded] = (FindingSeverity.Information, "A version of the producers' key has ended: what it certified counts in what was created before.", "Compare with its expiry in Key Vault; where that is earlier, give it as --producers-key FILE@INSTANT."),
        [LogFindingKind.NotYet] = (FindingSeverity.Information, "Too new to be judged.", "Nothing: the next verification sees it."),
        [LogFindingKind.DuplicateLeaf] = (FindingSeverity.Information, "A record stands in the log twice.", "Nothing: two sequencers met."),
        [LogFindingKind.SecondClosing] = (FindingSeverity.Information, "An operation has two outcomes: a writer outlived its hold.", "Nothing: both are there to read."),
        [LogFindingKind.PartialCoverage] = (FindingSeverity.Information, "A sweep says itself that it was partial.", "Its record says what it did not see."),
        [LogFindingKind.TokenNotChecked] = (FindingSeverity.Information, "A time-stamp token was not looked at.", "openssl ts -verify -data CHECKPOINT -in TOKEN -CAfile CA"),
    }.ToFrozenDictionary();

    /// <summary>How much findings of that kind weigh.</summary>
    public static FindingSeverity SeverityOf(LogFindingKind kind) => Texts[kind].Severity;

    /// <summary>True for what makes the end of a log doubtful: its batches, its checkpoints, whether it is the log that was saved before.</summary>
    public static bool IsOfTheHead(LogFindingKind kind) => kind is LogFindingKind.BatchMissing or LogFindingKind.BatchAltered or LogFindingKind.LeafUntrue or LogFindingKind.LogKeyWrong or LogFindingKind.LogKeyForeign or LogFindingKind.LogIsOther
        or LogFindingKind.LogMissing or LogFindingKind.CheckpointMissing or LogFindingKind.CheckpointFork or LogFindingKind.LogTruncated or LogFindingKind.HistoryRewritten or LogFindingKind.SavedCheckpointUnusable or LogFindingKind.ShardBroken;

    /// <summary>What they mean, one sentence.</summary>
    public static string MeaningOf(LogFindingKind kind) => Texts[kind].What;

    /// <summary>What to do.</summary>
    public static string RemedyFor(LogFindingKind kind) => Texts[kind].Remedy;
}
