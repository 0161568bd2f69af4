namespace Nhi.Evidence.Storage;

/// <summary>A blob as listed. <paramref name="Size"/> in bytes; <paramref name="Created"/> UTC, by the service's clock.</summary>
public sealed record ListedBlob(string Path, long Size, DateTimeOffset Created);
