namespace Nhi.Evidence.Sequencing;

/// <summary>One leaf of the log: a record's name, the SHA-256 of its bytes and its RFC 6962 leaf hash, both 64 characters of lower-case hex.</summary>
public sealed record BatchEntry(string Path, string Sha256, string Leaf);
