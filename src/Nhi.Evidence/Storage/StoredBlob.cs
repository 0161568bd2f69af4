namespace Nhi.Evidence.Storage;

/// <summary>
/// A blob as read. <paramref name="Created"/>: UTC, by the service's clock; <paramref name="Truncated"/>: <paramref name="Bytes"/> are not all of it, since it has more than were asked for or is <see cref="Unreadable"/>.
/// </summary>
public sealed record StoredBlob(ReadOnlyMemory<byte> Bytes, DateTimeOffset Created, bool Truncated = false)
{
    /// <summary>
    /// A blob that its writer encrypted with a key of his own (<c>x-ms-encryption-key</c>): the name is taken for ever, and nobody else can read it. Nothing of a log is written so, so whoever meets it judges it as
    /// one that is too large, and goes on.
    /// </summary>
    public static StoredBlob Unreadable(DateTimeOffset created) => new(default, created, Truncated: true);
}
