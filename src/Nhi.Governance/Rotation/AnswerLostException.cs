namespace Nhi.Governance.Rotation;

/// <summary>A change was sent and nobody knows whether it happened: the attempt writes no outcome and leaves its row open.</summary>
public sealed class AnswerLostException : Exception
{
    public AnswerLostException(string message) : base(message) { }
    public AnswerLostException(string message, Exception innerException) : base(message, innerException) { }
    public AnswerLostException() { }
}
