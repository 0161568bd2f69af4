namespace Nhi.Evidence.Index;

/// <summary>The index gave no answer. Nothing is lost with it: it is rebuilt from the container.</summary>
public sealed class EvidenceIndexException : Exception
{
    public EvidenceIndexException(string message) : base(message) { }
    public EvidenceIndexException(string message, Exception innerException) : base(message, innerException) { }
    public EvidenceIndexException() { }
}
