namespace Nhi.Evidence.Storage;

/// <summary>
/// A create-only namespace of blobs: one WORM container, or a folder. A name is taken once, by one writer, for ever.
/// Implementations never overwrite and never delete.
/// </summary>
public interface IEvidenceStore
{
    /// <summary>Which log this is: <c>{account host}/{container}</c>, e.g. <c>nhievidence.blob.core.windows.net/evidence-2026</c>.</summary>
    string Origin { get; }

    /// <summary>
    /// Creates the blob if the name is free (one request, <c>If-None-Match: *</c>). A 403, 409 or 412 is <see cref="CreateAnswer.Refused"/>: the caller reads what is there.
    /// Throws <see cref="EvidenceStoreException"/> when no answer was had (the blob may or may not be there).
    /// </summary>
    Task<CreateResult> TryCreateAsync(string path, ReadOnlyMemory<byte> bytes, string contentType, CancellationToken ct);

    /// <summary>The blob's bytes and the service's facts about it, or null when there is none. Reads at most <paramref name="maxBytes"/> bytes; a longer blob, and one that nobody but its writer can read, comes back with <see cref="StoredBlob.Truncated"/>.</summary>
    Task<StoredBlob?> ReadAsync(string path, int maxBytes, CancellationToken ct);

    /// <summary>The names below a prefix, in ordinal order, with size and creation (UTC, by the service's clock).</summary>
    IAsyncEnumerable<ListedBlob> ListAsync(string prefix, CancellationToken ct);
}
