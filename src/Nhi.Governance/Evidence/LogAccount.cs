using Nhi.Evidence.Storage;

namespace Nhi.Governance.Evidence;

/// <summary>The containers of one evidence account. <paramref name="Log"/>: as the sequencer's identity sees them, which writes batches and checkpoints; <paramref name="Records"/>: as the writer's does, which writes seals and what shards say.</summary>
public sealed record LogAccount(IEvidenceContainers Log, IEvidenceContainers Records);
