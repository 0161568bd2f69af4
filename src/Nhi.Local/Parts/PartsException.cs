namespace Nhi.Local.Parts;

/// <summary>A part of the local world could not be installed or started. The message names the part, what it said, and the remedy.</summary>
public sealed class PartsException(string message, Exception? inner = null) : Exception(message, inner);
