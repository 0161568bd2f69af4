namespace Nhi.Evidence.Verification.Reading;

/// <summary>A blob as read. <paramref name="Created"/>: UTC, by the service's clock, null where nobody knows; <paramref name="Truncated"/>: it has more bytes than were asked for.</summary>
public sealed record LogBlob(ReadOnlyMemory<byte> Bytes, DateTimeOffset? Created, bool Truncated = false);
