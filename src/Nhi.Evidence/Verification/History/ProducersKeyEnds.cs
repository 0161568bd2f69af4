using Nhi.Evidence.Records;
using Nhi.Evidence.Signing;
using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.History;

/// <summary>
/// What records say of versions of the key <c>producers</c> that have come to their end. Whoever stole a version writes records too, so such a word only ever shortens trust, in a version older than the one that certified
/// whoever says it, and only for what is read behind it: no thief of a former version ends a newer one, and what stood in the log before keeps its standing. Where the key's keeper was asked, he decides.
/// </summary>
internal sealed class ProducersKeyEnds(RecordAuthenticity authenticity, bool isKeeperAsked, FindingBook book)
{
    /// <summary>False for a leaf whose blob was created when the version that certified its producer had ended: it is named, and says nothing.</summary>
    internal bool Counts(string log, in Leaf leaf, long batch, long index)
    {
        if (leaf.By is not { } by)
            return true;
        if (by.WhyEnded(leaf.Created) is { } why)
        {
            book.Add(LogFindingKind.RecordForged, log, leaf.Entry.Path, batch, index, found: why);
            return false;
        }

        if (leaf.Gist?.Whole?.EndedKey is { } ended && authenticity.VersionOf(ended.Sha256) is { } version)
            Take(ended, version, by, log, leaf.Entry.Path, batch, index);
        return true;
    }

    private void Take(EndedKeyFacts ended, RecordAuthenticity.Version version, RecordAuthenticity.Version by, string log, string path, long batch, long index)
    {
        // The keeper may say another instant than once (one that is disabled ends at its last change); that it ended at all he has to say.
        if (version.Until <= ended.Until || (isKeeperAsked && version.Until is not null))
            return;
        var counts = !isKeeperAsked && version.Number < by.Number;
        if (counts)
            version.Until = ended.Until;
        book.Add(counts ? LogFindingKind.ProducersKeyEnded : LogFindingKind.ProducersKeyEndForeign, log, path, batch, index, found: $"the version with SHA-256 {version.Sha256} at {ended.Until:yyyy-MM-dd'T'HH:mm:ss'Z'}, by the word of whom {by.Sha256} certified");
    }
}
