namespace Nhi.Governance.Operators;

/// <summary>What a person asked for is not done: the message says what stands against it and what to do. Nothing was changed.</summary>
public sealed class OperatorRefusedException : Exception
{
    public OperatorRefusedException(string message) : base(message) { }
    public OperatorRefusedException(string message, Exception innerException) : base(message, innerException) { }
    public OperatorRefusedException() { }
}
