namespace Nhi.Evidence.Verification.Reading;

/// <summary>A name as listed. <paramref name="Size"/> in bytes; <paramref name="Created"/>: UTC, null where nobody knows; <paramref name="Obstacle"/>: why it is not read (a link out of the folder, a name that is no text), else null.</summary>
public sealed record LogName(string Path, long Size, DateTimeOffset? Created, string? Obstacle = null);
