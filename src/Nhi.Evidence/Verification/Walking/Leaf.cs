using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Tree;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>A leaf as found: its line, its hash as the batch gives it, its name as a key and read back (null for a name that no record has), and its record; null where that is missing, altered or forged, and where nobody asked for it.</summary>
internal readonly record struct Leaf(BatchEntry Entry, TreeHash Hash, UInt128 Key, RecordName? Name, EvidenceRecord? Record, DateTimeOffset? Created);
