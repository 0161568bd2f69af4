namespace Nhi.Evidence.Checkpoints;

/// <summary>A checkpoint that stands in the container: what it says, its name, and the note's bytes.</summary>
public sealed record WrittenCheckpoint(Checkpoint Checkpoint, string Path, ReadOnlyMemory<byte> Note);
