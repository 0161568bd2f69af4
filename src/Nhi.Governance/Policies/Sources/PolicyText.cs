namespace Nhi.Governance.Policies.Sources;

/// <summary>A policy's text as a store gave it. <paramref name="ETag"/>: what tells a changed text from an unchanged one; null where the store has none.</summary>
public sealed record PolicyText(ReadOnlyMemory<byte> Bytes, string? ETag);
