namespace Nhi.Evidence.Signing;

/// <summary>A key's keeper could not be asked, or refused to sign. The message names the key and what came back.</summary>
public sealed class SigningException : Exception
{
    public SigningException(string message) : base(message) { }
    public SigningException(string message, Exception innerException) : base(message, innerException) { }
    public SigningException() { }
}
