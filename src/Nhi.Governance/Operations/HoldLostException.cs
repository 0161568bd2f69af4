namespace Nhi.Governance.Operations;

/// <summary>A row that this instance held was taken by another one: it stops without a further effect.</summary>
public sealed class HoldLostException : Exception
{
    public HoldLostException(string message) : base(message) { }
    public HoldLostException(string message, Exception innerException) : base(message, innerException) { }
    public HoldLostException() { }
}
