namespace Nhi.Governance.Operations;

/// <summary>Somebody else works on the resource, or may: the trigger comes again.</summary>
public sealed class RowHeldException : Exception
{
    public RowHeldException(string message) : base(message) { }
    public RowHeldException(string message, Exception innerException) : base(message, innerException) { }
    public RowHeldException() { }
}
