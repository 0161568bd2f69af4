namespace Nhi.Local.Parts;

/// <summary>How a <see cref="PostgresServer"/> is made.</summary>
public sealed record PostgresOptions
{
    /// <summary>Where the cluster lies (made when it isn't there, kept afterwards; as root reachable by an unprivileged user); null = a temporary one.</summary>
    public string? Folder { get; init; }

    /// <summary>Lines for a person who waits for the installation.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Real time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
