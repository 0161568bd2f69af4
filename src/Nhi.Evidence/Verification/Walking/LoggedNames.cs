using Nhi.Evidence.Verification.History;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>What a log's batches list, to be compared with what its container holds.</summary>
/// <param name="Names">Every name, or those of one part.</param>
/// <param name="Doubtful">Names in batches that were altered beyond reading.</param>
/// <param name="Keys">Keys that the log went by.</param>
/// <param name="TakesStrays">True for a log that is closed as it should be: the next year's lists what comes later.</param>
/// <param name="Links">Where strays are noted.</param>
internal sealed record LoggedNames(NameSet Names, NameSet Doubtful, IReadOnlyList<ReadOnlyMemory<byte>> Keys, bool TakesStrays, ShardLinks Links)
{
    /// <summary>Which part of all names this is, of how many: what a name's key says, so that parts are alike in size and no name is in two.</summary>
    internal (int Number, int Of) Part { get; init; } = (0, 1);

    /// <summary>True where nobody read the records: a logged name that is gone is named here.</summary>
    internal bool AreUnread { get; init; }

    // The two lowest bits of a key say nothing of the name.
    internal bool IsMine(UInt128 key) => Part.Of == 1 || (int)(ulong)((key >> 2) % (ulong)Part.Of) == Part.Number;
}
