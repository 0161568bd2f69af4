namespace Nhi.Governance.Publishing.Notices;

/// <summary>The sink answers, and does not take this one digest: too long, or not what it understands. The message names the sink and never holds an address or a key.</summary>
public sealed class DigestRefusedException : Exception
{
    public DigestRefusedException(string message) : base(message) { }
    public DigestRefusedException(string message, Exception innerException) : base(message, innerException) { }
    public DigestRefusedException() { }
}
