namespace Nhi.Evidence.Verification.Reading;

/// <summary>One log as a verifier reads it: a container, an exported folder or a zip of one. Everything in it may be hostile. Safe for use by many threads at once.</summary>
public interface IReadableLog
{
    /// <summary>Where it lies, for messages.</summary>
    string Place { get; }

    /// <summary>Which log it is, where the place itself says so (a container does); null for an export.</summary>
    string? Origin { get; }

    /// <summary>When the names were taken, UTC: of an export that knows; null for a log that is read as it is now.</summary>
    DateTimeOffset? AsOf { get; }

    /// <summary>Reads at a time that pay: many over a network, one a core on a disk.</summary>
    int ReadsAtATime { get; }

    /// <summary>What an export's own listing (<c>blobs.csv</c>) promised; null where there is none.</summary>
    ExportListing? Listing { get; }

    /// <summary>Blobs that were asked for and are damaged beyond reading, by name, and how: they were read as if there were none.</summary>
    IReadOnlyDictionary<string, string> Damaged => System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;

    /// <summary>The blob's bytes, at most <paramref name="maxBytes"/> of them, or null when there is none. Throws <see cref="Storage.EvidenceStoreException"/> when it cannot be read.</summary>
    Task<LogBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct);

    /// <summary>The names below a prefix, in ordinal order. Throws <see cref="Storage.EvidenceStoreException"/> when they cannot be listed.</summary>
    IAsyncEnumerable<LogName> ListAsync(string prefix, CancellationToken ct);
}
