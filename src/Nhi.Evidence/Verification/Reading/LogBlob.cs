namespace Nhi.Evidence.Verification.Reading;

/// <summary>A blob as read. <paramref name="Created"/>: UTC, by the service's clock, null where nobody knows; <paramref name="Truncated"/>: <paramref name="Bytes"/> are not all of it, since it has more than were asked for or <paramref name="IsUnreadable"/> for anybody but its writer.</summary>
public sealed record LogBlob(ReadOnlyMemory<byte> Bytes, DateTimeOffset? Created, bool Truncated = false, bool IsUnreadable = false)
{
    /// <summary>Why <see cref="Bytes"/> are not all of it.</summary>
    /// <param name="most">So many bytes were asked for.</param>
    public string WhyTruncated(int most) => Storage.StoredBlob.Why(IsUnreadable, most);
}
