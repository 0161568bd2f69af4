namespace Nhi.Evidence.Writing;

/// <summary>No durable record could be had. The message names the log, the record's name and what the store said. What needs the record must not be done.</summary>
public sealed class EvidenceWriteRefusedException : Exception
{
    public EvidenceWriteRefusedException(string message) : base(message) { }
    public EvidenceWriteRefusedException(string message, Exception innerException) : base(message, innerException) { }
    public EvidenceWriteRefusedException() { }
}
