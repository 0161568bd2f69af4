namespace Nhi.Evidence.Storage;

/// <summary>The store gave no answer that says whether the blob is there (time-out, connection lost, 5xx), or could not be read.</summary>
public sealed class EvidenceStoreException : Exception
{
    public EvidenceStoreException(string message) : base(message) { }
    public EvidenceStoreException(string message, Exception inner) : base(message, inner) { }
    public EvidenceStoreException() { }
}
