namespace Nhi.Azure.Evidence;

/// <summary>A request to an evidence container that is neither a first create nor a read. It was not sent. This is a bug, not an outage.</summary>
public sealed class CreateOnlyException : Exception
{
    public CreateOnlyException(string message) : base(message) { }
    public CreateOnlyException(string message, Exception innerException) : base(message, innerException) { }
    public CreateOnlyException() { }
}
