namespace Nhi.Azure.Time;

/// <summary>The file that <c>Nhi__Clock</c> names is missing or holds something else than a clock's lines. The message says which line, and how one reads.</summary>
public sealed class ClockFileException : Exception
{
    public ClockFileException(string message) : base(message) { }
    public ClockFileException(string message, Exception innerException) : base(message, innerException) { }
    public ClockFileException() { }
}
