namespace Nhi.Evidence.Storage;

/// <summary>A blob as read. <paramref name="Created"/>: UTC, by the service's clock.</summary>
public sealed record StoredBlob(ReadOnlyMemory<byte> Bytes, DateTimeOffset Created, bool Truncated = false);
