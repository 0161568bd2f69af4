namespace Nhi.Local.Parts;

/// <summary>What an <see cref="Azurite"/> serves.</summary>
public sealed record AzuriteOptions
{
    /// <summary>Account names, as <c>nhistate</c>. Their keys are random and nobody needs them: clients come with tokens.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = ["nhistate", "nhievidence", "nhihost"];

    /// <summary>Where data lies; null = in memory. On disk an abrupt end of Azurite itself loses the last moments.</summary>
    public string? Folder { get; init; }

    /// <summary>Lines for a person who waits for the installation.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Real time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
