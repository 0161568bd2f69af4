using Nhi.Evidence.Verification.Findings;
using Nhi.Evidence.Verification.Walking;

namespace Nhi.Evidence.Verification.History;

/// <summary>What records say together, in log order, one shard after the other.</summary>
internal sealed class EvidenceHistory(FindingBook book)
{
    private readonly IntentBook intents = new(book);
    private readonly VersionChains chains = new(book);
    private readonly Coverage coverage = new(book);

    /// <summary>Versions of the producers' key that records end; null where no signature is looked at.</summary>
    internal ProducersKeyEnds? Ends { get; init; }

    /// <summary>The newest instant at which a record says that it was written, UTC.</summary>
    internal DateTimeOffset? NewestRecorded { get; private set; }

    internal void Take(string log, in Leaf leaf, long index)
    {
        if (leaf.Name is not { } name)
            return;
        var first = intents.Take(log, leaf.Entry, name, leaf.Gist, leaf.Created, index);
        if (leaf.Gist is not { } record)
            return;
        if (record.Recorded > NewestRecorded || NewestRecorded is null)
            NewestRecorded = record.Recorded;
        if (record.Whole is { } whole)
            coverage.Take(log, leaf.Entry.Path, whole, index);
        if (first)
            chains.Take(log, leaf.Entry.Path, record, index);
    }

    /// <param name="at">The instant to judge from.</param>
    /// <param name="options">How long things may take.</param>
    /// <param name="part">Logs of which earlier leaves were not read; null: none.</param>
    /// <param name="unreadUntil">When the last of these parts ends: what happened until then may go on, be closed or be told of where nobody looked, in whichever log it stands. Null: all is read from its beginning.</param>
    internal void End(DateTimeOffset at, VerifyOptions options, IReadOnlySet<string>? part = null, DateTimeOffset? unreadUntil = null)
    {
        intents.End(at, options.OpenAfter, whole: part is null or { Count: 0 }, part, unreadUntil);
        chains.End(part, unreadUntil);
        coverage.End(unreadUntil);
    }
}
