namespace Nhi.Evidence.Records;

/// <summary>A record was about to hold what looks like a secret. The message names the members, never the values.</summary>
public sealed class SecretInRecordException : Exception
{
    public SecretInRecordException(string message) : base(message) { }
    public SecretInRecordException(string message, Exception innerException) : base(message, innerException) { }
    public SecretInRecordException() { }
}
