namespace Nhi.Evidence.Signing;

/// <summary>Who writes records: the service, its version (and commit), this instance of it and where it runs. None may hold a line feed.</summary>
public sealed record ProducerDescription(string Service, string Version, string Instance, string? Commit = null, string? Region = null);
