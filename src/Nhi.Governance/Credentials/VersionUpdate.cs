namespace Nhi.Governance.Credentials;

/// <summary>A change of attributes and tags in one update. Null leaves a member as it is; <see cref="Tags"/> is the whole set.</summary>
public sealed record VersionUpdate
{
    public bool? Enabled { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
}
