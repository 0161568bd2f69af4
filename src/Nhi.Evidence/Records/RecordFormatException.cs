namespace Nhi.Evidence.Records;

/// <summary>Bytes that are no record of schema <c>nhi-evidence/1</c>, or a record that cannot be written as one. The message says what and where.</summary>
public sealed class RecordFormatException : Exception
{
    public RecordFormatException(string message) : base(message) { }
    public RecordFormatException(string message, Exception innerException) : base(message, innerException) { }
    public RecordFormatException() { }
}
