namespace Nhi.Evidence.Sequencing;

/// <summary>A key of the log: its id, its public key (SPKI, DER), and the batches for which it counts, both ends included.</summary>
public sealed record LogKey(string Id, ReadOnlyMemory<byte> Spki, long From, long Until)
{
    /// <summary>True when it may sign that batch and its checkpoint.</summary>
    public bool CountsAt(long batch) => From <= batch && batch <= Until;
}
