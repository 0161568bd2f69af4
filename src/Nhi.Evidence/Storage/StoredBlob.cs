namespace Nhi.Evidence.Storage;

/// <summary>
/// A blob as read. <paramref name="Created"/>: UTC, by the service's clock; <paramref name="Truncated"/>: <paramref name="Bytes"/> are not all of it, since it has more than were asked for or is <see cref="Unreadable"/>.
/// </summary>
public sealed record StoredBlob(ReadOnlyMemory<byte> Bytes, DateTimeOffset Created, bool Truncated = false)
{
    /// <summary>
    /// A blob that its writer encrypted with a key of his own (<c>x-ms-encryption-key</c>): the name is taken for ever, and nobody else can read it. Nothing of a log is written so, so whoever meets it judges it as
    /// one that is too large, says why, and goes on.
    /// </summary>
    public static StoredBlob Unreadable(DateTimeOffset created) => new(default, created, Truncated: true) { IsUnreadable = true };

    /// <summary>True when <see cref="Truncated"/> means that nobody but its writer can read it.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>Why <see cref="Bytes"/> are not all of it.</summary>
    /// <param name="most">So many bytes were asked for.</param>
    public string WhyTruncated(int most) => Why(IsUnreadable, most);

    internal static string Why(bool isUnreadable, int most) => isUnreadable ? "nobody but its writer can read it: he encrypted it with a key of his own (x-ms-encryption-key)" : $"more than {most} bytes";
}
