using Nhi.Evidence.Records;
using Nhi.Evidence.Sequencing;
using Nhi.Evidence.Signing;

namespace Nhi.Evidence.Verification.Walking;

/// <summary>A leaf as found: its line, its name as a key and read back (null for a name that no record has), and what its record says; null where that is missing, altered or forged, and where nobody asked for it; and when the service created it (UTC), null where nobody knows; and which version of the producers' key certified whoever wrote it, null where no signature was looked at.</summary>
internal readonly record struct Leaf(BatchEntry Entry, UInt128 Key, RecordName? Name, RecordGist? Gist, DateTimeOffset? Created, RecordAuthenticity.Version? By);
