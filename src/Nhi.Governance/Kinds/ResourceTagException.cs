namespace Nhi.Governance.Kinds;

/// <summary>A secret's tags do not say which resource it opens. The message names the tag and how it must read.</summary>
public sealed class ResourceTagException : Exception
{
    public ResourceTagException(string message) : base(message) { }
    public ResourceTagException(string message, Exception innerException) : base(message, innerException) { }
    public ResourceTagException() { }
}
