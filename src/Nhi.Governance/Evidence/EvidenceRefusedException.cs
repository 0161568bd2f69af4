namespace Nhi.Governance.Evidence;

/// <summary>No durable evidence could be written, so nothing that needs it is done. The message names the log, the record and what the store said.</summary>
public sealed class EvidenceRefusedException : Exception
{
    public EvidenceRefusedException(string message) : base(message) { }
    public EvidenceRefusedException(string message, Exception innerException) : base(message, innerException) { }
    public EvidenceRefusedException() { }
}
