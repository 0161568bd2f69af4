namespace Nhi.Evidence.Verification.Findings;

/// <summary>One thing that a verifier found, named as exactly as it can be.</summary>
public sealed record LogFinding
{
    public required LogFindingKind Kind { get; init; }

    public required FindingSeverity Severity { get; init; }

    /// <summary>Which log: its origin, or where it lies.</summary>
    public required string Log { get; init; }

    /// <summary>The blob's name, with control characters escaped.</summary>
    public string? Path { get; init; }

    /// <summary>The number of the batch that it is about.</summary>
    public long? Batch { get; init; }

    /// <summary>The place in the log.</summary>
    public long? Index { get; init; }

    /// <summary>The attempt.</summary>
    public string? Op { get; init; }

    /// <summary>Which bytes of the blob, where that can be known.</summary>
    public ByteRange? Bytes { get; init; }

    /// <summary>What should be there.</summary>
    public string? Expected { get; init; }

    /// <summary>What is there.</summary>
    public string? Found { get; init; }

    /// <summary>One sentence for a human reader.</summary>
    public required string Message { get; init; }

    /// <summary>What a person can do.</summary>
    public required string Remedy { get; init; }
}

/// <summary>Bytes of a blob: the first one and how many.</summary>
public readonly record struct ByteRange(long Offset, long Length);
