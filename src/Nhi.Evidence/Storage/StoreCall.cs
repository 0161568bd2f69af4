namespace Nhi.Evidence.Storage;

/// <summary>One call to a <see cref="MemoryEvidenceStore"/>: <paramref name="Verb"/> is <c>create</c>, <c>read</c> or <c>list</c>; <paramref name="Path"/> the name or prefix; <paramref name="Number"/> counts the store's calls from 1.</summary>
public readonly record struct StoreCall(string Verb, string Path, long Number);

/// <summary>What goes wrong with a call.</summary>
public enum StoreFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It does not reach the store: <see cref="EvidenceStoreException"/>.</summary>
    Unreachable,

    /// <summary>A create takes effect, its answer is lost: <see cref="EvidenceStoreException"/>.</summary>
    AnswerLost,

    /// <summary>A create is refused although the name is free (403: no right, a firewall).</summary>
    Refused,
}
