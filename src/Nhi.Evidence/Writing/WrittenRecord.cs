using Nhi.Evidence.Records;

namespace Nhi.Evidence.Writing;

/// <summary>A durable record: its name and hash, what it says as stored, the log that holds it, whether that is the secondary one, and whether it was there before.</summary>
public sealed record WrittenRecord(RecordReference Reference, EvidenceRecord Record, string Log, bool AtSecondary, bool WasThere);
